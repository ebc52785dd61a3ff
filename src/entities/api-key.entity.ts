import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from "typeorm";
import type { Role } from "../vocabulary.js";

/** An API key; of its secret only the SHA-256 is kept. */
@Entity("api_key")
export class ApiKeyRow {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" }) id!: string;
  @Column({ type: "text" }) name!: string;
  @Column({ type: "text" }) role!: Role;
  @Column({ name: "labeler_id", type: "bigint", nullable: true }) labelerId!: string | null;
  @Column({ name: "secret_hash", type: "bytea" }) secretHash!: Buffer;
  @Column({ name: "from_environment", type: "boolean", default: false }) fromEnvironment!: boolean;
  @Column({ name: "created_at", type: "timestamptz", default: () => "now()" }) createdAt!: Date;
  @Column({ name: "expires_at", type: "timestamptz", nullable: true }) expiresAt!: Date | null;
  @Column({ name: "last_used_at", type: "timestamptz", nullable: true }) lastUsedAt!: Date | null;
  @Column({ name: "revoked_at", type: "timestamptz", nullable: true }) revokedAt!: Date | null;
}

/** A dataset that a key is granted. */
@Entity("api_key_dataset")
export class ApiKeyDatasetRow {
  @PrimaryColumn({ name: "api_key_id", type: "bigint" }) apiKeyId!: string;
  @PrimaryColumn({ name: "dataset_id", type: "bigint" }) datasetId!: string;
}
