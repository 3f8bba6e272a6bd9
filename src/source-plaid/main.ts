// The Airbyte source over plaid-api's feed, as a program:
// `node src/source-plaid/main.ts spec | check | discover | read`.
import { type Connector, runConnector } from '../protocol/runner.ts'
import { configure, type SourceConfig, spec } from './config.ts'
import { fetchPage, once } from './feed.ts'
import { discovered, read } from './read.ts'

const source: Connector<SourceConfig> = {
  spec,
  configure,
  // One row of the feed proves address, key and database.
  check: async (config, { signal }) => {
    await fetchPage(config, '/transactions/incremental', { limit: '1' }, signal, { tries: once })
  },
  discover: () => discovered,
  read,
}

process.exit(await runConnector(source, process.argv.slice(2), process))
