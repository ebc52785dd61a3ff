import { Entity, PrimaryColumn } from "typeorm";

/** The hash of a line that was imported before. */
@Entity("import_line")
export class ImportLineRow {
  @PrimaryColumn({ name: "dataset_id", type: "bigint" }) datasetId!: string;
  @PrimaryColumn({ type: "uuid" }) hash!: string;
}
