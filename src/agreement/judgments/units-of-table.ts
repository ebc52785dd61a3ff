import type { JudgmentTable } from "./judgment-table.js";
import type { CountedUnit } from "./unit.js";

/** The units of the table one after another, in one object that each step overwrites. */
export function* unitsOfTable({
  q,
  units,
  firstJudgment,
  labelerOf,
  categoryOf,
}: JudgmentTable): Generator<CountedUnit> {
  const unit = { labelers: [] as number[], values: [] as number[], counts: new Int32Array(q) };
  for (let u = 0; u < units; u++) {
    const first = firstJudgment[u]!;
    const m = firstJudgment[u + 1]! - first;
    if (unit.values.length !== m) {
      unit.labelers.length = m;
      unit.values.length = m;
    }
    unit.counts.fill(0);
    for (let i = 0; i < m; i++) {
      unit.labelers[i] = labelerOf[first + i]!;
      const category = categoryOf[first + i]!;
      unit.values[i] = category;
      unit.counts[category]!++;
    }
    yield unit;
  }
}
