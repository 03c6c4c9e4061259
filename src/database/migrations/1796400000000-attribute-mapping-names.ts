import type { MigrationInterface, QueryRunner } from "typeorm";

/** Attributes of a mapping, as they were stored and as the API names them. */
const NAMES: readonly (readonly [former: string, current: string])[] = [
  ["token_id", "tokenId"],
  ["organization_id", "organizationId"],
  ["external_member_id", "externalMemberId"],
];

interface Row {
  project_id: string;
  profile_id: string;
  attribute_mapping: string;
}

/** Stores the attributes of a profile's mapping under the names that the API gives them. */
export class AttributeMappingNames1796400000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await rename(queryRunner, new Map(NAMES));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await rename(queryRunner, new Map(NAMES.map(([former, current]) => [current, former])));
  }
}

async function rename(queryRunner: QueryRunner, names: ReadonlyMap<string, string>): Promise<void> {
  const rows: Row[] = await queryRunner.query(
    "SELECT project_id, profile_id, attribute_mapping FROM trusted_auth_profiles",
  );
  const [mapping, project, profile] = [0, 1, 2].map((index) =>
    queryRunner.dataSource.driver.createParameter("value", index),
  );
  for (const { project_id, profile_id, attribute_mapping } of rows) {
    const entries = Object.entries(JSON.parse(attribute_mapping) as object);
    const renamed = Object.fromEntries(
      entries.map(([name, path]) => [names.get(name) ?? name, path]),
    );
    await queryRunner.query(
      `UPDATE trusted_auth_profiles SET attribute_mapping = ${mapping}
       WHERE project_id = ${project} AND profile_id = ${profile}`,
      [JSON.stringify(renamed), project_id, profile_id],
    );
  }
}
