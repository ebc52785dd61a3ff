import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";
import type { Criterion, InstructionPurpose } from "../vocabulary.js";

/** A version of the instructions that labelers of a dataset follow. */
@Entity("instruction_version")
export class InstructionVersionRow {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" }) id!: string;
  @Column({ name: "dataset_id", type: "bigint" }) datasetId!: string;
  @Column({ type: "integer" }) version!: number;
  @Column({ type: "text" }) purpose!: InstructionPurpose;
  @Column({ type: "text" }) text!: string;
  @Column({ name: "criteria_order", type: "text", array: true }) criteriaOrder!: Criterion[];
  @Column({ name: "valid_from", type: "timestamptz" }) validFrom!: Date;
  @Column({ name: "added_in", type: "integer" }) addedIn!: number;
}
