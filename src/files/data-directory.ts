import { accessSync, mkdirSync, rmSync, statfsSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";

/** Where models, checkpoints and the inputs of jobs are kept: the layout of DATA_DIR beside the database. */
export class DataDirectory {
  constructor(readonly root: string) {}

  /** Where the files of all models are kept. */
  models(): string {
    return path.join(this.root, "models");
  }

  /** The one file of a model, named by its hash. */
  model(sha256: string): string {
    return path.join(this.models(), `${sha256}.safetensors`);
  }

  /** A folder in which a model is given to be imported. */
  incoming(name: string): string {
    return path.join(this.root, "incoming", name);
  }

  /** Where a job keeps its input and its checkpoints. */
  job(jobId: string): string {
    return path.join(this.root, "jobs", jobId);
  }

  /** A file by its place below the root. */
  at(place: string): string {
    return path.join(this.root, place);
  }

  /** The place of a file below the root. */
  placeOf(file: string): string {
    return path.relative(this.root, file).replaceAll(path.sep, "/");
  }

  /** Makes the folder itself, where it is not there yet. */
  create(): void {
    mkdirSync(this.root, { recursive: true, mode: 0o700 });
  }

  /**
   * Makes the folders that a job needs. An error of the file system is thrown as it is. The root is not made again: one that
   * is gone is most likely a volume that is not mounted.
   */
  prepare(jobId: string): void {
    accessSync(this.root);
    for (const folder of [this.models(), this.job(jobId)]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
  }

  /** Removes a file; one that is gone already is as good. */
  remove(place: string): void {
    rmSync(this.at(place), { force: true });
  }

  /** Removes a file, or a folder with all that it holds while others may still write there. */
  async removeAll(place: string): Promise<void> {
    await rm(this.at(place), { recursive: true, force: true, maxRetries: 5 });
  }

  /** How many bytes there is room for, or null where the folder cannot be asked. */
  freeBytes(): number | null {
    for (let folder = this.root; ; folder = path.dirname(folder)) {
      try {
        const { bavail, bsize } = statfsSync(folder);
        return bavail * bsize;
      } catch {
        if (folder === path.dirname(folder)) return null;
      }
    }
  }
}
