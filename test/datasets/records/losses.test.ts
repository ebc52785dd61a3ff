import { LossCounter } from "../../../src/datasets/records/losses.js";

test("losses are counted by kind, in the order of their first appearance", () => {
  const counter = new LossCounter();
  counter.add("ties", 2);
  counter.add("notes");
  counter.addAll([
    { what: "ties", count: 3 },
    { what: "labelers", count: 1 },
  ]);
  expect(counter.list()).toEqual([
    { what: "ties", count: 5 },
    { what: "notes", count: 1 },
    { what: "labelers", count: 1 },
  ]);
});

test("a hundred kinds have names, and the rest a common one; nothing is uncounted", () => {
  const counter = new LossCounter();
  for (let kind = 0; kind < 5000; kind++) counter.add(`field "f${kind}"`);
  counter.add('field "f0"');
  const list = counter.list();
  expect(list.length).toBe(101);
  expect(list[0]).toEqual({ what: 'field "f0"', count: 2 });
  expect(list.at(-1)).toEqual({ what: "further kinds of loss", count: 4900 });
});
