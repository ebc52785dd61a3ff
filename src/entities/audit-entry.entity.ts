import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";

/** Who changed what, when, and how it was before and after. */
@Entity("audit_entry")
export class AuditEntryRow {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" }) id!: string;
  @Column({ type: "timestamptz", default: () => "now()" }) at!: Date;
  @Column({ type: "text" }) by!: string;
  @Column({ name: "api_key_id", type: "bigint", nullable: true }) apiKeyId!: string | null;
  @Column({ type: "text" }) action!: string;
  @Column({ type: "text", nullable: true }) subject!: string | null;
  @Column({ name: "dataset_id", type: "bigint", nullable: true }) datasetId!: string | null;
  @Column({ type: "jsonb", nullable: true }) before!: Record<string, unknown> | null;
  @Column({ type: "jsonb", nullable: true }) after!: Record<string, unknown> | null;
}
