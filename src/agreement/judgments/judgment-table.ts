import type { CountedUnit } from "./unit.js";

/**
 * Who said what, in columns: 5 bytes a judgment and 12 a unit. Judgments of a unit, units of a prompt and prompts of a cluster
 * stand together. Labelers, prompts and clusters are numbers from 0.
 */
export interface JudgmentTable {
  /** The number of categories. */
  readonly q: number;
  readonly labelers: number;
  readonly prompts: number;
  readonly clusters: number;
  readonly units: number;
  /** The judgments of unit u are firstJudgment[u] … firstJudgment[u + 1] − 1. [units + 1] */
  readonly firstJudgment: Int32Array;
  /** [units] */
  readonly promptOf: Int32Array;
  /** [units] */
  readonly clusterOf: Int32Array;
  /** Who judged; a labeler stands in a unit at most once. [judgments] */
  readonly labelerOf: Int32Array;
  /** The category, 0 … q − 1. [judgments] */
  readonly categoryOf: Uint8Array;
}

/** Collects the judgments as prompts come. */
export class JudgmentLog {
  private firstJudgment = new Int32Array(64);
  private promptOf = new Int32Array(64);
  private clusterOf = new Int32Array(64);
  private labelerOf = new Int32Array(256);
  private categoryOf = new Uint8Array(256);
  private units = 0;
  private judgments = 0;
  private prompts = 0;

  constructor(private readonly q: number) {}

  /** All units of one prompt, each with at least one value. */
  addPrompt(units: readonly CountedUnit[], cluster: number): void {
    for (const { labelers, values } of units) {
      if (this.units + 1 >= this.firstJudgment.length) {
        this.firstJudgment = doubled(this.firstJudgment);
        this.promptOf = doubled(this.promptOf);
        this.clusterOf = doubled(this.clusterOf);
      }
      while (this.judgments + labelers.length > this.labelerOf.length) {
        this.labelerOf = doubled(this.labelerOf);
        const grown = new Uint8Array(this.categoryOf.length * 2);
        grown.set(this.categoryOf);
        this.categoryOf = grown;
      }
      this.promptOf[this.units] = this.prompts;
      this.clusterOf[this.units] = cluster;
      for (let i = 0; i < labelers.length; i++) {
        this.labelerOf[this.judgments] = labelers[i]!;
        this.categoryOf[this.judgments++] = values[i]!;
      }
      this.firstJudgment[++this.units] = this.judgments;
    }
    this.prompts++;
  }

  /** What has been collected, in the order of feeding: clusters need not stand together yet (see canonicalJudgments). */
  table(labelers: number, clusters: number): JudgmentTable {
    const { q, units, judgments, prompts } = this;
    return {
      q,
      labelers,
      prompts,
      clusters,
      units,
      firstJudgment: this.firstJudgment.subarray(0, units + 1),
      promptOf: this.promptOf.subarray(0, units),
      clusterOf: this.clusterOf.subarray(0, units),
      labelerOf: this.labelerOf.subarray(0, judgments),
      categoryOf: this.categoryOf.subarray(0, judgments),
    };
  }
}

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(array.length * 2);
  grown.set(array);
  return grown;
}
