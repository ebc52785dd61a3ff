import { Column, Entity, PrimaryColumn } from "typeorm";

/** A creating request that must not be done twice, and what it made. */
@Entity("idempotent_request")
export class IdempotentRequestRow {
  @PrimaryColumn({ name: "api_key_id", type: "bigint" }) apiKeyId!: string;
  @PrimaryColumn({ type: "text" }) mutation!: string;
  @PrimaryColumn({ type: "text" }) key!: string;
  @Column({ name: "input_hash", type: "uuid" }) inputHash!: string;
  @Column({ type: "jsonb", nullable: true }) result!: unknown;
  @Column({ name: "created_at", type: "timestamptz", default: () => "now()" }) createdAt!: Date;
}
