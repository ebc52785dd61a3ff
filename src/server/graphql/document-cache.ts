import type { ApolloServerOptions, BaseContext } from "@apollo/server";
import type { DocumentNode } from "graphql";
import { LRUCache } from "lru-cache";
import { documentBytes, isKeepable } from "./document-size.js";

/** Documents that are kept, in bytes of memory and in number; those unused for longest go first. */
const KEPT_BYTES = 32 << 20;
const KEPT = 1_000;

type DocumentStore = NonNullable<ApolloServerOptions<BaseContext>["documentStore"]>;

/**
 * Parsed and validated documents, by the hash of their text, so that what is asked for again is not parsed again. Apollo Server's
 * own store counts neither the text of a document nor most of its tree.
 */
export class DocumentCache implements DocumentStore {
  private readonly kept = new LRUCache<string, DocumentNode>({ max: KEPT, maxSize: KEPT_BYTES });

  /** How much is kept now. */
  get size(): { readonly documents: number; readonly bytes: number } {
    return { documents: this.kept.size, bytes: this.kept.calculatedSize };
  }

  async get(key: string): Promise<DocumentNode | undefined> {
    return this.kept.get(key);
  }

  async set(key: string, document: DocumentNode): Promise<void> {
    if (isKeepable(document)) this.kept.set(key, document, { size: documentBytes(document) });
  }

  async delete(key: string): Promise<boolean> {
    return this.kept.delete(key);
  }
}
