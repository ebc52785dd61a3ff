/**
 * Typed, strict reading of one JSON object's fields. Hand-written rather than a schema library: this is the path of every
 * import, and a path like "rankings.0.tiers" is built only when something is wrong.
 */
import { badInput } from "../../errors.js";
import { show, storageProblem } from "../text/code-points.js";
import { parseTimestamp } from "../text/timestamps.js";
import { LossCounter } from "./losses.js";
import { checkText } from "./names.js";
import type { JsonObject } from "./records.js";

/** The largest value of PostgreSQL's integer. */
export const INT4_MAX = 2_147_483_647;

const MOST_LEVELS = 64;

/** What is the same for all objects of one line. */
export class Reading {
  private counter: LossCounter | null = null;

  /** `trusted`: no text of the line can hold U+0000 or half a surrogate pair, so that none need be searched for them. */
  constructor(readonly trusted: boolean) {}

  lose(what: string): void {
    this.counter ??= new LossCounter();
    this.counter.add(what);
  }

  get losses(): ReturnType<LossCounter["list"]> {
    return this.counter?.list() ?? [];
  }
}

/** One JSON object of a line, where it stands, and readers for its fields. An explicit null is the same as absent. */
export class Fields {
  constructor(
    private readonly object: Record<string, unknown>,
    private readonly reading: Reading,
    private readonly parent: Fields | null = null,
    private readonly name = "",
    /** The place within the parent's list, or −1 where the parent's field is this object. */
    private readonly index = -1,
  ) {}

  /** Where a field stands, as a dotted path. */
  path(field: string): string {
    const own = this.place();
    return own === "" ? field : `${own}.${field}`;
  }

  /** Where this object stands; "" for the line itself. */
  place(): string {
    if (this.parent === null) return this.name;
    const own = this.parent.path(this.name);
    return this.index < 0 ? own : `${own}.${this.index}`;
  }

  /** Refuse a field: "<path> is <value>; it <rule>." */
  refuse(field: string, rule: string): never {
    const path = this.path(field);
    const value = this.object[field];
    if (value === undefined || value === null) throw badInput(`${path} is missing; it ${rule}.`, path);
    throw badInput(`${path} is ${show(value)}; it ${rule}.`, path);
  }

  has(field: string): boolean {
    const value = this.object[field];
    return value !== undefined && value !== null;
  }

  /** Count every field that is not known as a loss: "field \"rankings.mood\"", the same for all rankings. */
  countUnknown(known: ReadonlySet<string>): void {
    for (const field of Object.keys(this.object)) {
      if (!known.has(field) && this.object[field] !== null) this.reading.lose(`field ${show(this.pathOfKind(field))}`);
    }
  }

  private pathOfKind(field: string): string {
    const names = [field];
    for (let at: Fields | null = this; at !== null; at = at.parent) if (at.name !== "") names.unshift(at.name);
    return names.join(".");
  }

  /** A text of `least` to `most` characters, or null. */
  text(field: string, least = 0, most = Number.POSITIVE_INFINITY): string | null {
    const value = this.object[field];
    if (value === undefined || value === null) return null;
    if (typeof value === "number") this.refuse(field, `must be a text, such as ${JSON.stringify(String(value))}`);
    if (typeof value !== "string") this.refuse(field, "must be a text");
    if (value.length < least || value.length > most) checkText(value, this.path(field), least, most);
    if (!this.reading.trusted && storageProblem(value) !== null) checkText(value, this.path(field), least, most);
    return value;
  }

  requiredText(field: string, least = 0, most = Number.POSITIVE_INFINITY): string {
    return this.text(field, least, most) ?? this.refuse(field, "must be a text");
  }

  /** A whole number from `least` to `most`, or null. */
  integer(field: string, least: number, most: number): number | null {
    const value = this.object[field];
    if (value === undefined || value === null) return null;
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
      this.refuse(field, `must be a whole number from ${least} to ${most}`);
    }
    return value + 0; // −0 becomes 0
  }

  requiredInteger(field: string, least: number, most: number): number {
    return this.integer(field, least, most) ?? this.refuse(field, `must be a whole number from ${least} to ${most}`);
  }

  /** Any JSON number, or null: the caller states the rule it must keep. */
  number(field: string): number | null {
    const value = this.object[field];
    if (value === undefined || value === null) return null;
    if (typeof value !== "number") this.refuse(field, "must be a number");
    return value + 0;
  }

  /** One of a closed set of words, or null. */
  word<W extends string>(field: string, words: readonly W[]): W | null {
    const value = this.object[field];
    if (value === undefined || value === null) return null;
    if (!words.includes(value as W)) this.refuse(field, `must be one of ${words.join(", ")}`);
    return value as W;
  }

  requiredWord<W extends string>(field: string, words: readonly W[]): W {
    return this.word(field, words) ?? this.refuse(field, `must be one of ${words.join(", ")}`);
  }

  /** Distinct words of a closed set in the order given, or null where absent. */
  words<W extends string>(field: string, words: readonly W[]): W[] | null {
    const value = this.list(field);
    if (value === null) return null;
    for (const [index, item] of value.entries()) {
      const path = `${this.path(field)}.${index}`;
      if (!words.includes(item as W))
        throw badInput(`${path} is ${show(item)}; it must be one of ${words.join(", ")}.`, path);
      if (value.indexOf(item) < index)
        throw badInput(`${this.path(field)} names ${show(item)} twice.`, this.path(field));
    }
    return value as W[];
  }

  /** A list of texts; empty where absent. */
  texts(field: string): string[] {
    const value = this.list(field);
    if (value === null) return [];
    for (const [index, item] of value.entries()) {
      const path = `${this.path(field)}.${index}`;
      if (typeof item !== "string") throw badInput(`${path} is ${show(item)}; it must be a text.`, path);
      if (!this.reading.trusted) checkText(item, path, 0, Number.POSITIVE_INFINITY);
    }
    return value as string[];
  }

  /** True, false, or null where absent. */
  boolean(field: string): boolean | null {
    const value = this.object[field];
    if (value === undefined || value === null) return null;
    if (typeof value !== "boolean") this.refuse(field, "must be true or false");
    return value;
  }

  /** A map of words of a closed set to true, false or null (kept: asked, not applicable), in the vocabulary's order. */
  judgments<W extends string>(field: string, words: readonly W[]): Partial<Record<W, boolean | null>> {
    const judged: Partial<Record<W, boolean | null>> = {};
    const value = this.object[field];
    if (value === undefined || value === null) return judged;
    if (!isObject(value)) this.refuse(field, "must be an object of words with true, false or null");
    for (const [word, judgment] of Object.entries(value)) {
      const path = `${this.path(field)}.${word}`;
      if (!words.includes(word as W)) {
        throw badInput(`${this.path(field)} names ${show(word)}; it may name ${words.join(", ")}.`, this.path(field));
      }
      if (judgment !== null && typeof judgment !== "boolean") {
        throw badInput(`${path} is ${show(judgment)}; it must be true, false or null.`, path);
      }
    }
    for (const word of words) {
      const judgment = value[word];
      if (judgment !== undefined) judged[word] = judgment as boolean | null;
    }
    return judged;
  }

  /** A point in time, or null; digits beyond the millisecond are counted as a loss. */
  timestamp(field: string): Date | null {
    const value = this.object[field];
    if (value === undefined || value === null) return null;
    if (typeof value !== "string") this.refuse(field, "must be a time in ISO 8601, as a text");
    const parsed = parseTimestamp(value);
    if ("problem" in parsed) return this.refuse(field, parsed.problem);
    if (parsed.finerThanMs) this.reading.lose("digits of a time beyond the millisecond");
    return parsed.date;
  }

  /** A list as it is, or null where absent. */
  list(field: string, most = Number.POSITIVE_INFINITY): unknown[] | null {
    const value = this.object[field];
    if (value === undefined || value === null) return null;
    if (!Array.isArray(value)) this.refuse(field, "must be a list");
    if (value.length > most) {
      throw badInput(`${this.path(field)} has ${value.length} items; it may have ${most}.`, this.path(field));
    }
    return value;
  }

  /** A list of objects, each read by `read`; empty where absent. */
  children<T>(field: string, read: (child: Fields) => T, most = Number.POSITIVE_INFINITY): T[] {
    const value = this.list(field, most);
    if (value === null) return [];
    return value.map((item, index) => {
      if (!isObject(item)) {
        const path = `${this.path(field)}.${index}`;
        throw badInput(`${path} is ${show(item)}; it must be an object.`, path);
      }
      return read(new Fields(item, this.reading, this, field, index));
    });
  }

  /** An object, read by `read`, or null where absent. */
  child<T>(field: string, read: (child: Fields) => T): T | null {
    const value = this.object[field];
    if (value === undefined || value === null) return null;
    if (!isObject(value)) this.refuse(field, "must be an object");
    return read(new Fields(value, this.reading, this, field));
  }

  /** Any JSON object, checked throughout for what cannot be kept; {} where absent. */
  json(field: string): JsonObject {
    const value = this.object[field];
    if (value === undefined || value === null) return {};
    if (!isObject(value)) this.refuse(field, "must be an object");
    this.checkJson(value, this.path(field), 1);
    return value as JsonObject;
  }

  private checkJson(value: Record<string, unknown> | unknown[], path: string, level: number): void {
    if (level > MOST_LEVELS)
      throw badInput(`${path.slice(0, 100)}… is nested deeper than ${MOST_LEVELS} levels.`, path);
    for (const [key, item] of Object.entries(value)) {
      const at = `${path}.${key}`;
      const keyProblem = this.reading.trusted ? null : storageProblem(key);
      if (keyProblem !== null) throw badInput(`The name ${show(key)} in ${path} ${keyProblem}.`, path);
      if (typeof item === "string") {
        if (!this.reading.trusted) checkText(item, at, 0, Number.POSITIVE_INFINITY);
      } else if (typeof item === "number") {
        if (!Number.isFinite(item)) throw badInput(`${at} is ${show(item)}.`, at);
        if (Object.is(item, -0)) (value as Record<string, unknown>)[key] = 0;
        if (Number.isInteger(item) && !Number.isSafeInteger(item))
          this.reading.lose("exact value of a number beyond 2^53");
      } else if (Array.isArray(item) || isObject(item)) {
        this.checkJson(item, at, level + 1);
      }
    }
  }
}

/** Whether a value is a JSON object: neither null nor a list. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
