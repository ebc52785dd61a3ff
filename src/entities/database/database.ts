import type { Pool, PoolClient } from "pg";
import type { DataSource, EntityManager } from "typeorm";
import type { PostgresDriver } from "typeorm/driver/postgres/PostgresDriver.js";
import { createDataSource } from "./data-source.js";

/** One SQL question: its name is also that of the prepared statement, so a name always has the same text. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** The revision that stands for "as it is now": every row in force is added before it and removed, if ever, after it. */
export const LATEST_REVISION = 2_147_483_647;

/** A place that answers SQL questions: the pool, or one connection within a transaction. */
export interface Queryable {
  query(config: {
    name?: string;
    text: string;
    values?: unknown[];
  }): Promise<{ rows: unknown[]; rowCount: number | null }>;
}

/** Runs a statement when it is its time. */
export type TakeTurn = <T>(statement: () => Promise<T>) => Promise<T>;

/** The database: lean reads as prepared statements on TypeORM's own pool, and transactions. */
export class Database {
  private readonly endings: (() => Promise<void>)[] = [];
  private readonly takeTurn: TakeTurn = (statement) => statement();
  /** The database itself, also of a view of it (inTurns): what is kept for a database is kept for this. */
  readonly whole: Database = this;

  private constructor(
    readonly url: string,
    private readonly source: DataSource,
    private readonly pool: Pool,
    /** Connections at most. */
    readonly poolSize: number,
  ) {}

  /** Connects; poolSize: connections at most. */
  static async connect(url: string, poolSize = 10): Promise<Database> {
    const source = await createDataSource(url, poolSize).initialize();
    // What PostgresDriver calls its master is pg's pool.
    const pool: Pool = (source.driver as PostgresDriver).master;
    // An idle connection that breaks must not end the process.
    pool.on("error", () => {});
    return new Database(url, source, pool, poolSize);
  }

  get dataSource(): DataSource {
    return this.source;
  }

  /** How the pool's connections are used: all that are open, those at rest, and requests that wait for one. */
  get poolUse(): { total: number; idle: number; waiting: number } {
    return { total: this.pool.totalCount, idle: this.pool.idleCount, waiting: this.pool.waitingCount };
  }

  /**
   * The same database for one reader among several, whose statements take turns. Transactions and connections of one's own do
   * not: who has one may read besides, and would wait for itself.
   */
  inTurns(takeTurn: TakeTurn): Database {
    return Object.assign(Object.create(this) as Database, { takeTurn });
  }

  /** The rows that answer a question, read on a connection of the pool. */
  async rows<Row>(question: Statement, values: unknown[]): Promise<Row[]> {
    const { name, text } = question;
    const result = await this.takeTurn(() => this.whenFree(this.pool.query({ name, text, values })));
    return result.rows as Row[];
  }

  /** The first row that answers a question, or null. */
  async row<Row>(question: Statement, values: unknown[]): Promise<Row | null> {
    const [first] = await this.rows<Row>(question, values);
    return first ?? null;
  }

  /** Rows for a text made for the occasion (filters put together from parts); never prepared. */
  async select<Row>(text: string, values: unknown[]): Promise<Row[]> {
    const result = await this.takeTurn(() => this.whenFree(this.pool.query({ text, values })));
    return result.rows as Row[];
  }

  /** Runs work in a transaction of TypeORM: all of it or nothing. */
  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.whenFree(this.source.transaction(work));
  }

  /** Runs work with a connection of its own, for COPY, cursors and LISTEN. A connection left broken is not given back. */
  async connection<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.whenFree(this.pool.connect());
    let broken: Error | undefined;
    const onError = (error: Error) => {
      broken = error;
    };
    client.on("error", onError);
    try {
      return await work(client);
    } catch (error) {
      broken ??= isConnectionLoss(error) ? (error as Error) : undefined;
      throw error;
    } finally {
      client.off("error", onError);
      client.release(broken);
    }
  }

  /** A connection of one's own for as long as a stream lasts; the caller releases it, destroyed where it broke. */
  async openConnection(): Promise<{ client: PoolClient; release: (destroy: boolean) => void }> {
    const client = await this.whenFree(this.pool.connect());
    const ignore = () => {};
    client.on("error", ignore);
    return {
      client,
      release: (destroy) => {
        client.off("error", ignore);
        client.release(destroy);
      },
    };
  }

  /** Says of work that no connection became free for it in time that this is why. */
  private whenFree<T>(work: Promise<T>): Promise<T> {
    return work.catch((error: unknown) => {
      throw isPoolTimeout(error) ? new ConnectionsBusy(this.poolSize) : error;
    });
  }

  /** What else uses this database ends with it: `end` is run, once, before the connections are closed. */
  onClose(end: () => Promise<void>): void {
    this.endings.push(end);
  }

  async close(): Promise<void> {
    await Promise.all(this.endings.splice(0).map((end) => end()));
    await this.source.destroy();
  }
}

/** What pg-pool says when no connection of a full pool became free in time. */
const POOL_TIMEOUT = "timeout exceeded when trying to connect";
const isPoolTimeout = (error: unknown): boolean => error instanceof Error && error.message === POOL_TIMEOUT;

/** Its code survives the way between threads, where its class does not. */
const BUSY = "CONNECTIONS_BUSY";

/** The database is there, but all connections of the pool were in use for as long as one waits for one. */
class ConnectionsBusy extends Error {
  override readonly name = "ConnectionsBusy";
  readonly code = BUSY;

  constructor(connections: number) {
    super(`All ${connections} connections to the database are busy`);
  }
}

/** Whether an error says that no connection of the pool became free in time; its message says how many there are. */
export const areConnectionsBusy = (error: unknown): error is Error =>
  error instanceof Error && (error as { code?: unknown }).code === BUSY;

/** Whether an error says that the connection or the server went away (and the statement may be tried again later). */
export function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (isPoolTimeout(error)) return true;
  if (typeof code === "string" && /^(08|57P0|ECONN|EPIPE|ETIMEDOUT|53300|CONNECTIONS_BUSY)/.test(code)) return true;
  // TypeORM gives a broken connection back at once; the next statement of its transaction then says only this.
  if (/^QueryRunner(Provider)?AlreadyReleasedError$/.test(error.name)) return true;
  return /Connection terminated|connection timeout|Client has encountered a connection error|not queryable/i.test(
    error.message,
  );
}
