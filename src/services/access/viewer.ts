import type { Role } from "../../vocabulary.js";

/** Who asks: what an API key stands for, fixed for one request. */
export interface Viewer {
  readonly keyId: string;
  readonly name: string;
  readonly role: Role;
  /** The labeler a key of role LABELER belongs to. */
  readonly labelerId: string | null;
  /** The datasets that the key is granted; null where the role reaches every dataset. */
  readonly datasetIds: readonly string[] | null;
  readonly expiresAt: Date | null;
}
