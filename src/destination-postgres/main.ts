// The Airbyte destination for PostgreSQL, as a program:
// `node src/destination-postgres/main.ts spec | check | write`.
import { type Connector, runConnector } from '../protocol/runner.ts'
import { check } from './check.ts'
import { configure, type DestinationConfig, spec } from './config.ts'
import { write } from './write.ts'

const destination: Connector<DestinationConfig> = { spec, configure, check, write }

process.exit(await runConnector(destination, process.argv.slice(2), process))
