// Our source as a declarative manifest, for an Airbyte that runs none of our code: what
// `source-plaid` reads of plaid-api, in the language of Airbyte's own connector builder. It derives
// from the dictionary of streams; `airbyte/source-plaid.yaml` is its text, held equal by
// `test/airbyte` (`npx vitest run test/airbyte --update` writes it anew).
//
// A position is a stamp without the feed's epoch, as a manifest has no word for a second cursor. It
// skips nothing all the same: a stamp is given in commit order and is never given twice (L2), so
// that neither a look-back nor a comparison with this machine's clock is needed.
import { stringify } from 'yaml'
import { catalog } from '../../catalog/catalog.ts'
import { airbyteStream, type Stream } from '../../catalog/stream.ts'
import { spec } from '../../source-plaid/config.ts'

/** What Airbyte calls the connector that is made of it. */
export const manifestName = 'Plaid (Tartan)'

/** An Airbyte refuses a manifest whose major version it does not know. */
export const manifestVersions = ['7.0.0', '6.0.0']

export type Manifest = Record<string, unknown> & { version: string }

/** No stamp is as old: what is read from here is read from the beginning. */
const BEGINNING = '1970-01-01T00:00:00.000000Z'
const STAMP = '%Y-%m-%dT%H:%M:%S.%fZ'
const rowsPerPage = 1_000
const triesMax = 6

export function sourceManifest(version = manifestVersions[0] ?? ''): Manifest {
  return {
    version,
    type: 'DeclarativeSource',
    description: 'Bank transactions and accounts from Plaid, through plaid-api of Tartan.',
    check: { type: 'CheckStream', stream_names: [catalog[0]?.name] },
    definitions: { requester },
    streams: catalog.map(declarativeStream),
    // One after the other, in their order: what a row refers to comes after it.
    concurrency_level: { type: 'ConcurrencyLevel', default_concurrency: 1 },
    spec: { type: 'Spec', connection_specification: specification },
  }
}

/** A manifest trusts whom its Airbyte trusts, and no CA of one's own. */
const { ca_certificate: _ca, ...properties } = spec.connectionSpecification[
  'properties'
] as object & {
  ca_certificate?: object
}
const specification = { ...spec.connectionSpecification, properties }

export function manifestText(): string {
  const head = `# Made of the dictionary of streams, and held equal to it by test/airbyte. An
# Airbyte gets it by make airbyte-setup TARGET=…, or by hand: Builder, Import a YAML file.
`
  // Python's reader is one of YAML 1.1, to which a day without quotes is a day and no text.
  const options = { version: '1.1', lineWidth: 100, aliasDuplicateObjects: false } as const
  return head + stringify(sourceManifest(), options)
}

const requester = {
  type: 'HttpRequester',
  url_base: "{{ config['base_url'] }}",
  http_method: 'GET',
  authenticator: { type: 'BearerAuthenticator', api_token: "{{ config['api_key'] }}" },
  error_handler: {
    type: 'DefaultErrorHandler',
    max_retries: triesMax - 1,
    backoff_strategies: [
      { type: 'WaitTimeFromHeader', header: 'Retry-After' },
      { type: 'ExponentialBackoffStrategy', factor: 1 },
    ],
    response_filters: [
      refused([401, 403], 'plaid-api refuses the API key: put a valid one into api_key.'),
      refused(
        [410],
        'plaid-api was restored from a backup, or the last sync is older than the deletions that ' +
          'it keeps: refresh this stream (Connection, Schema, Refresh) and remove its records.',
      ),
      { type: 'HttpResponseFilter', action: 'RETRY', http_codes: [429, 500, 502, 503, 504] },
    ],
  },
}

function refused(codes: number[], sentence: string): object {
  return {
    type: 'HttpResponseFilter',
    action: 'FAIL',
    failure_type: 'config_error',
    http_codes: codes,
    error_message: sentence,
  }
}

function declarativeStream(stream: Stream): object {
  const { name, primaryKey, cursorField } = stream
  return {
    type: 'DeclarativeStream',
    name,
    primary_key: primaryKey,
    retriever: {
      type: 'SimpleRetriever',
      requester: {
        $ref: '#/definitions/requester',
        path: `/${name}/incremental`,
        request_parameters: sinceParameters,
      },
      record_selector: {
        type: 'RecordSelector',
        extractor: { type: 'DpathExtractor', field_path: [name] },
      },
      paginator,
    },
    incremental_sync: cursor(cursorField),
    schema_loader: { type: 'InlineSchemaLoader', schema: airbyteStream(stream).json_schema },
  }
}

/** A page's cursor, once there is one, counts before it: it holds where the reading began. */
const start = 'stream_interval.start_time'
const sinceParameters = {
  updated_since: `{{ ${start} if ${start} != '${BEGINNING}' else '' }}`,
  // Who reads from the beginning has nothing that could be gone: a full refresh is what is living.
  include_deleted: `{{ 'true' if ${start} != '${BEGINNING}' else 'false' }}`,
}

const paginator = {
  type: 'DefaultPaginator',
  page_size_option: request('limit'),
  page_token_option: request('cursor'),
  pagination_strategy: {
    type: 'CursorPagination',
    page_size: rowsPerPage,
    cursor_value: '{{ response.next_cursor }}',
    stop_condition: '{{ not response.has_more }}',
  },
}

function request(field: string): object {
  return { type: 'RequestOption', inject_into: 'request_parameter', field_name: field }
}

function cursor(field: string): object {
  return {
    type: 'DatetimeBasedCursor',
    cursor_field: field,
    datetime_format: STAMP,
    cursor_datetime_formats: [STAMP],
    start_datetime: { type: 'MinMaxDatetime', datetime: BEGINNING, datetime_format: STAMP },
  }
}
