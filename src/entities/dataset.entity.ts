import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";
import type { LengthTokenizer } from "../vocabulary.js";

/** A dataset; its revision grows with every committed change. */
@Entity("dataset")
export class DatasetRow {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" }) id!: string;
  @Column({ type: "text" }) slug!: string;
  @Column({ type: "text" }) name!: string;
  @Column({ type: "text", default: "" }) description!: string;
  @Column({ type: "text", default: "GPT2" }) tokenizer!: LengthTokenizer;
  @Column({ type: "integer", default: 0 }) revision!: number;
  @Column({ name: "created_at", type: "timestamptz", default: () => "now()" }) createdAt!: Date;
}
