import { type ExpectedJob, forecastStarts } from "../../../src/services/request/queue-forecast.js";
import type { JobLane } from "../../../src/vocabulary.js";
import { Random, SEED } from "../../datasets/random.js";

const job = (id: string, seconds: number | null, more: Partial<ExpectedJob> = {}): ExpectedJob => ({
  id,
  seconds,
  lane: "TRAINING",
  status: "QUEUED",
  delay: 0,
  waitsForEnvironment: false,
  waitsFor: [],
  ...more,
});
const running = (id: string, seconds: number | null, more: Partial<ExpectedJob> = {}) =>
  job(id, seconds, { status: "RUNNING", ...more });
const ONE = { TRAINING: 1, SHORT: 1 };
const startsOf = (jobs: readonly ExpectedJob[], slots: Readonly<Record<JobLane, number>> = ONE) =>
  Object.fromEntries(forecastStarts(jobs, slots));

test("one slot: each begins when the one before it ends", () => {
  expect(startsOf([running("r", 100), job("a", 10), job("b", 20), job("c", 5)])).toEqual({ a: 100, b: 110, c: 130 });
});

test("two slots: each takes the slot that is free first", () => {
  // Free at 0 (nothing runs in it) and at 30: a takes 0–50, b 30–40, c 40–…
  const jobs = [running("r", 30), job("a", 50), job("b", 10), job("c", 1)];
  expect(startsOf(jobs, { TRAINING: 2, SHORT: 0 })).toEqual({ a: 0, b: 30, c: 40 });
});

test("a lane waits for no other, but a job for those it depends on, and is passed meanwhile", () => {
  const jobs = [
    running("r", 100),
    job("waits", 10, { waitsFor: ["r"] }),
    job("passes", 7),
    job("measured", 3, { lane: "SHORT" }),
    job("of waits", 2, { lane: "SHORT", waitsFor: ["waits"] }),
  ];
  expect(startsOf(jobs)).toEqual({ waits: 100, passes: 110, measured: 0, "of waits": 110 });
  expect(startsOf([...jobs.slice(1)], ONE)).toMatchObject({ waits: 0 });
});

test("what hangs on a time that is not known has none; what does not has", () => {
  const jobs = [running("r", null), job("a", 10), job("s", null, { lane: "SHORT" }), job("t", 1, { lane: "SHORT" })];
  expect(startsOf(jobs)).toEqual({ s: 0 });
  expect(startsOf(jobs, { TRAINING: 0, SHORT: 2 })).toEqual({ s: 0, t: 0 });
});

test("a wait after a failure, an environment that is not there, and more running than there are slots", () => {
  expect(startsOf([job("later", 5, { delay: 4 }), job("now", 10)])).toEqual({ now: 0, later: 10 });
  expect(startsOf([job("never", 5, { waitsForEnvironment: true }), job("now", 10)])).toEqual({ now: 0 });
  // A process with a slot has died: two run in what is left, one slot.
  expect(startsOf([running("x", 10), running("y", 30), job("a", 1)])).toEqual({ a: 30 });
});

test("jobs that take no time make room at once", () => {
  expect(startsOf([job("a", 0), job("b", 0), job("c", 1)])).toEqual({ a: 0, b: 0, c: 0 });
});

test("random queues: no slot is taken twice, nothing begins before what it waits for, nothing idles that could begin", () => {
  process.stdout.write(`queue-forecast: SEED=${SEED}\n`);
  const random = new Random(SEED);
  for (let round = 0; round < 200; round++) {
    const slots = { TRAINING: random.int(0, 4 - 1), SHORT: 1 + random.int(0, 3 - 1) };
    const jobs = Array.from({ length: 1 + random.int(0, 12 - 1) }, (_, i) =>
      job(`${i}`, random.int(0, 20 - 1), {
        lane: random.int(0, 2 - 1) === 0 ? "TRAINING" : "SHORT",
        delay: random.int(0, 3 - 1) === 0 ? random.int(0, 30 - 1) : 0,
        waitsFor: i > 0 && random.int(0, 3 - 1) === 0 ? [`${random.int(0, i - 1)}`] : [],
      }),
    );
    const starts = forecastStarts(jobs, slots);
    const end = (id: string) => {
      const start = starts.get(id);
      return start === undefined ? Number.POSITIVE_INFINITY : start + (jobs[Number(id)]?.seconds ?? 0);
    };
    const busyAt = (lane: JobLane, t: number) =>
      jobs.filter(
        ({ id, lane: of }) => of === lane && (starts.get(id) ?? Number.POSITIVE_INFINITY) <= t && end(id) > t,
      );
    for (const one of jobs) {
      const start = starts.get(one.id);
      const ready = Math.max(one.delay, ...one.waitsFor.map(end));
      if (start === undefined) {
        expect(slots[one.lane] === 0 || ready === Number.POSITIVE_INFINITY).toBe(true);
        continue;
      }
      expect(start).toBeGreaterThanOrEqual(ready);
      expect(busyAt(one.lane, start).length).toBeLessThanOrEqual(slots[one.lane]);
      // Between its being ready and its beginning every slot of its lane was taken.
      for (let t = ready; t < start; t++) expect(busyAt(one.lane, t)).toHaveLength(slots[one.lane]);
    }
  }
});
