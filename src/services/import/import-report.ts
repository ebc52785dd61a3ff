import { type Loss, LossCounter } from "../../datasets/records/losses.js";

/** A refused line: its number from 1, and why, in a sentence. */
export interface LineError {
  readonly line: number;
  readonly message: string;
}

/** What became of an import's lines: accepted and duplicates count prompts, rejected every refused line. */
export interface ImportReport {
  readonly accepted: number;
  readonly rejected: number;
  readonly duplicates: number;
  /** The first hundred. */
  readonly errors: readonly LineError[];
  readonly losses: readonly Loss[];
}

const MOST_ERRORS = 100;

/** Adds up the reports of batches, in memory that does not grow with them. */
export class ImportTally {
  private accepted = 0;
  private rejected = 0;
  private duplicates = 0;
  private readonly errors: LineError[] = [];
  private readonly losses = new LossCounter();

  accept(losses: readonly Loss[]): void {
    this.accepted++;
    this.lose(losses);
  }

  lose(losses: readonly Loss[]): void {
    this.losses.addAll(losses);
  }

  repeat(): void {
    this.duplicates++;
  }

  reject(line: number, message: string): void {
    this.rejected++;
    if (this.errors.length < MOST_ERRORS) this.errors.push({ line, message });
  }

  /** Adds what a later batch reports. */
  add(report: ImportReport): void {
    this.accepted += report.accepted;
    this.duplicates += report.duplicates;
    this.rejected += report.rejected;
    this.errors.push(...report.errors.slice(0, MOST_ERRORS - this.errors.length));
    this.losses.addAll(report.losses);
  }

  report(): ImportReport {
    const { accepted, rejected, duplicates, errors } = this;
    return { accepted, rejected, duplicates, errors: [...errors], losses: this.losses.list() };
  }
}
