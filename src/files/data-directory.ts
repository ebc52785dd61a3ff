import { mkdirSync, rmSync, statfsSync } from "node:fs";
import path from "node:path";

/** Where models, checkpoints and the inputs of jobs are kept: the layout of DATA_DIR beside the database. */
export class DataDirectory {
  constructor(readonly root: string) {}

  /** The one file of a model, named by its hash. */
  model(sha256: string): string {
    return path.join(this.root, "models", `${sha256}.safetensors`);
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

  /** Makes the folders that a job needs. An error of the file system is thrown as it is. */
  prepare(jobId: string): void {
    for (const folder of [path.join(this.root, "models"), this.job(jobId)]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
  }

  /** Removes a file; one that is gone already is as good. */
  remove(place: string): void {
    rmSync(this.at(place), { force: true });
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
