import { readFileSync } from "node:fs";
import {
  type DefinitionNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  Kind,
  parse,
  print,
} from "graphql";

/**
 * Compares the emitted schema with the contract: whatever stands in both must be equal in type, nullability, default
 * and arguments. The emitted schema may add; what the contract has and it has not yet is listed here, by what is missing.
 */
const read = (file: string) => parse(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8"));
const contract = entriesOf(read("docs/contract.graphql").definitions);
const emitted = entriesOf(read("src/schema/schema.graphql").definitions);

/** What later capabilities bring: types by name, fields by "Type.field", arguments by "Type.field(argument)". */
const LATER: Readonly<Record<string, readonly string[]>> = {
  cleaning: [
    "CleanReport",
    "CleanSample",
    "Prompt.duplicateOf",
    "Prompt.containsPii",
    "PromptFilter.hasPii",
    "Mutation.cleanDataset",
  ],
  screening: [
    "Screening",
    "ScreeningDecision",
    "Rate",
    "Mean",
    "Labeler.screening",
    "Mutation.submitScreeningAnswers",
    "Mutation.decideScreening",
  ],
  "labeling tasks": [
    "LabelingTask",
    "LabelingTaskKind",
    "TaskCompletion",
    "Viewer.currentTasks",
    "Mutation.claimTask",
    "Mutation.renewTask",
    "Mutation.saveTaskDraft",
    "Mutation.releaseTask",
    "Mutation.skipTask",
    "SubmitRankingInput.taskId",
  ],
  gates: ["Evaluation.passed", "Evaluation.gates", "GateResult"],
  "evaluations of what people said, and by groups": [
    "EvaluationResult.group",
    "EvaluationResult.label",
    "EvaluationResult.pValue",
  ],
  // Nothing of an evaluation comes from a recipe.
  "recipes of evaluations": ["EvaluationInput.recipe"],
};

test("what stands in the contract and in the schema is equal", () => {
  const contradictions = [...contract].flatMap(([name, text]) => {
    const ours = emitted.get(name);
    return ours === undefined || ours === text ? [] : [`${name} is ${ours}; the contract says ${text}`];
  });
  expect(contradictions).toEqual([]);
});

test("what the contract has and the schema has not is exactly what is listed as later", () => {
  const later = Object.values(LATER).flat();
  const covered = (name: string) =>
    later.some((entry) => name === entry || name.startsWith(`${entry}.`) || name.startsWith(`${entry}(`));
  const absent = [...contract.keys()].filter((name) => !emitted.has(name));
  expect(absent.filter((name) => !covered(name))).toEqual([]);
  expect(later.filter((name) => emitted.has(name))).toEqual([]);
  expect(later.filter((name) => !contract.has(name))).toEqual([]);
});

test("every connection that the contract names has the form of its conventions", () => {
  const connections = [...contract.values()].flatMap((text) => /^(\w+)Connection!$/.exec(text)?.[1] ?? []);
  const wrong = [...new Set(connections)].flatMap((node) => {
    const name = `${node}Connection`;
    const form = ["edges", "nodes", "pageInfo", "totalCount"].map((field) => emitted.get(`${name}.${field}`));
    const edge = ["cursor", "node"].map((field) => emitted.get(`${node}Edge.${field}`));
    const expected = [`[${node}Edge!]!`, `[${node}!]!`, "PageInfo!", "Int!", "String!", `${node}!`];
    return !emitted.has(name) || [...form, ...edge].join() === expected.join()
      ? []
      : [`${name}: ${[...form, ...edge]}`];
  });
  expect(wrong).toEqual([]);
});

test("an argument or input field that the schema adds is optional: a client of the contract can leave it out", () => {
  const added = [...emitted].filter(([name]) => !contract.has(name));
  const owners = new Set([...contract.keys()].filter((name) => !name.includes("(")));
  const inputs = new Set([...contract].flatMap(([name, text]) => (text === "input" ? [name] : [])));
  const mandatory = added.filter(([name, text]) => {
    const owner = name.includes("(") ? name.slice(0, name.indexOf("(")) : name.slice(0, name.lastIndexOf("."));
    const takesInput = name.includes("(") ? owners.has(owner) : inputs.has(owner);
    return takesInput && text.endsWith("!");
  });
  expect(mandatory).toEqual([]);
});

/** Every type, field, argument, input field and enum value of a document, each with what the two must agree on. */
function entriesOf(definitions: readonly DefinitionNode[]): Map<string, string> {
  const entries = new Map<string, string>();
  const value = (name: string, node: InputValueDefinitionNode) =>
    entries.set(name, print(node.type) + (node.defaultValue ? ` = ${print(node.defaultValue)}` : ""));
  const fields = (type: string, nodes: readonly FieldDefinitionNode[]) => {
    for (const field of nodes) {
      entries.set(`${type}.${field.name.value}`, print(field.type));
      for (const argument of field.arguments ?? [])
        value(`${type}.${field.name.value}(${argument.name.value})`, argument);
    }
  };
  for (const node of definitions) {
    switch (node.kind) {
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_DEFINITION: {
        const interfaces = (node.interfaces ?? []).map((named) => named.name.value).join(" & ");
        entries.set(node.name.value, node.kind === Kind.OBJECT_TYPE_DEFINITION ? `type ${interfaces}` : "interface");
        fields(node.name.value, node.fields ?? []);
        break;
      }
      case Kind.INPUT_OBJECT_TYPE_DEFINITION:
        entries.set(node.name.value, "input");
        for (const field of node.fields ?? []) value(`${node.name.value}.${field.name.value}`, field);
        break;
      case Kind.ENUM_TYPE_DEFINITION:
        entries.set(node.name.value, `enum ${(node.values ?? []).map((word) => word.name.value).join(" ")}`);
        break;
      case Kind.SCALAR_TYPE_DEFINITION:
        entries.set(node.name.value, "scalar");
        break;
    }
  }
  return entries;
}
