import type { EntityManager } from "typeorm";
import type { Queryable, Statement } from "./database.js";

/** The connection of a TypeORM transaction, for SQL of our own within that transaction. */
export async function connectionOf(manager: EntityManager): Promise<Queryable> {
  if (!manager.queryRunner) throw new Error("This manager runs no transaction.");
  return (await manager.queryRunner.connect()) as Queryable;
}

/** The rows that answer a question on one connection. */
export async function rowsOf<Row>(connection: Queryable, question: Statement, values: unknown[]): Promise<Row[]> {
  const result = await connection.query({ name: question.name, text: question.text, values });
  return result.rows as Row[];
}
