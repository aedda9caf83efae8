import { describe, expect, test } from 'vitest'
import * as formats from '../../src/redact/_formats.ts'
import { createRedactor } from '../../src/redact/redactor.ts'

const F = '[Filtered]'
const redactor = createRedactor(undefined, [])
const text = (s: string): string => redactor.text(s, 16_384)

/**
 * Invented tokens in the vendor's format, split so that no scanner takes this file for a leak. Then
 * harmless words that look alike.
 */
const TOKENS: Record<string, { secret: string[]; plain: string[] }> = {
  aws: {
    secret: ['AKIA' + 'IOSFODNN7EXAMPLE', 'ASIA' + 'Y34FZKBOKMUTVV7A'],
    plain: ['AKIA-is-a-prefix', 'AKIAshort', 'AROAIOSFODNN7EXAMPLE'],
  },
  bedrock: {
    secret: ['ABSK' + 'QmVkcm9ja0FQSUtleS1hYmNk', 'bedrock-api-key-' + 'YmVkcm9jay5hbWF6b25h'],
    plain: ['ABSKILLED_WORKERS_UNITE', 'bedrock-api-keys-page'],
  },
  github: {
    secret: [
      'ghp_' + 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8',
      'gho_' + '16C7e42F292c6912E7710c838347Ae178B4a',
      'github_pat_' + '11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz',
    ],
    plain: ['highs_and_lows_of_the_market', 'github_pattern_library', 'ghp_short'],
  },
  gitlab: {
    secret: [
      'glpat-' + 'xxxxYYYYzzzz11112222',
      'gldt-' + 'abcdefghijklmnopqrst',
      'glrt-' + 't1_abcdefghijklmnop',
      'glwt-' + 'abcdefghijklmnopqrst',
    ],
    plain: ['global-settings-for-the-user', 'glad-to-meet-you-here-today'],
  },
  npm: {
    secret: ['npm_' + 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'],
    plain: ['npm_lifecycle_event_is_postinstall', 'npm_config_user_agent'],
  },
  cloudflare: {
    secret: [
      ...['cfk_', 'cfut_', 'cfat_', 'cfast_'].map(
        (p) => p + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eFaB3dE6gH',
      ),
      'v1.0-' + '0123456789abcdef01234567-' + 'ab12'.repeat(36) + 'ab',
    ],
    plain: ['cfat_the_settings_of_everyone', 'v1.0-beta-of-the-editor-is-out'],
  },
  vercel: {
    secret: [
      ...['vcp_', 'vci_', 'vca_', 'vcr_', 'vck_'].map((p) => p + 'aB3dE6gH9jK2mN5pQ8sT1vW4'),
      'vercel_blob_rw_' + 'aB3dE6gH9jK2_mN5pQ8sT1vW4',
    ],
    plain: ['vcp_is_a_prefix_of_theirs', 'vercel_blob_read_write'],
  },
  supabase: {
    secret: [
      'sb_secret_' + 'aB3dE6gH9jK2mN5pQ8sT1v_W4yZ7bC0',
      'sbp_' + '0123456789abcdef0123456789abcdef01234567',
    ],
    plain: ['sb_publishable_aB3dE6gH9jK2mN5pQ8sT1v_W4yZ7bC0', 'sbp_the_name_of_a_column'],
  },
  neon: {
    secret: ['napi_' + 'a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6', 'npg_' + 'aB3dE6gH9jK2'],
    plain: ['napi_module_register_by_name', 'npg_config_file'],
  },
  planetscale: {
    secret: ['pscale_tkn_', 'pscale_pw_', 'pscale_oauth_'].map(
      (p) => p + 'aB3dE6gH9jK2mN5p-Q8sT1vW4yZ7b',
    ),
    plain: ['pscale_database_name_of_us', 'upscale_pw_of_the_image_now'],
  },
  linear: {
    secret: ['lin_api_', 'lin_oauth_'].map((p) => p + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eFaB3dE6gH'),
    plain: ['lin_api_documentation', 'berlin_api_conference_speakers'],
  },
  notion: {
    secret: [
      'ntn_' + '12345678901aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eFaB3',
      'secret_' + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eFaB3dE6gH9jK',
    ],
    plain: ['ntn_of_the_north', 'secret_garden_of_the_old_house'],
  },
  resend: {
    secret: ['re_' + 'aB3dE6gH_9jK2mN5pQ8sT1vW4yZ7bC0eF'],
    plain: ['re_rendering_the_component_tree', 're_entrant_locks_are_hard_to_do'],
  },
  huggingface: {
    secret: [
      'hf_' + 'aBcdEfghIjklMnopQrstUvwxYzabCdefGh',
      'api_org_' + 'aBcdEfghIjklMnopQrstUvwxYzabCdefGh',
    ],
    plain: ['hf_hub_download_of_the_model', 'api_org_chart_of_the_company'],
  },
  'models of other vendors': {
    secret: [
      'gsk_' + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eFaB3dE6gH9jK2mN5pQ8s',
      'r8_' + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eFaB3dE',
      'xai-' + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eFaB3dE6gH',
      'pplx-' + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eFaB3dE6gH9jK2mN5p',
      'sk_' + '0123456789abcdef0123456789abcdef0123456789abcdef',
      'lsv2_pt_' + '0123456789abcdef0123456789abcdef_0123456789',
    ],
    plain: ['r8_is_the_optimizer_of_android', 'xai-explainable-models-here', 'lsv2_pt_short'],
  },
  openai: {
    secret: [
      'sk-' + 'abcdEFGH1234ijklMNOP5678qrst',
      'sk-proj-' + 'abc_DEF-ghi_JKL-mno',
      'sk-ant-' + 'api03-abc_DEF-ghi_JKL',
      'sk-or-v1-' + '0123456789abcdef0123456789abcdef',
    ],
    plain: ['risk-management-system-overview', 'task-antelope-pictures-here', 'sk-learn'],
  },
  google: {
    secret: [
      'AIza' + 'SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q',
      'ya29.' + 'a0AfH6SMBx1y2z3A4B5C6',
      'GOCSPX-' + 'a1B2c3D4e5F6g7H8i9J0k1L2',
      'AQ.' + 'Ab8RN6JaB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0',
    ],
    plain: [
      'AIzawa-station',
      'aizasyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5',
      'ya29.short',
      'GOCSPX-short',
      'AQ.short.words',
    ],
  },
  slack: {
    secret: [
      'xoxb-' + '123456789012-abcdefGHIJKL',
      'xoxp-' + '1-2-3-abcdef0123456789',
      'xapp-' + '1-A012B3CDE-123456',
      'xoxe.xoxp-' + '1-Mi0yLTEyMzQ1',
      'xwfp-' + '123456789012-abcdefGHIJKL',
    ],
    plain: ['xoxo', 'xo-box', 'xapplication-1-kit'],
  },
  stripe: {
    secret: [
      'sk_live_' + '4eC39HqLyjWDarjtT1zdp7dc',
      'rk_test_' + '4eC39HqLyjWDarjtT1zdp7dc',
      'sk_org_' + '4eC39HqLyjWDarjtT1zdp7dc',
      'whsec_' + 'abcdEFGH1234ijklMNOP5678',
    ],
    plain: ['pk_live_4eC39HqLyjWDarjtT1zdp7dc', 'task_test_suite_runner_one', 'sk_live_'],
  },
  sendgrid: {
    secret: [
      'SG.' + 'ngeVfQFYQlKU0ufo8x5d1A' + '.' + 'TwL2iGABf9DHoTf-09kqeF8tAmbihYzrnopKc-1s5cr',
    ],
    plain: ['SG.Singapore', 'MSG.something_long_enough_here.and_another_part_here'],
  },
  mailgun: {
    secret: [
      'key-' + '0123456789abcdef0123456789abcdef',
      '0123456789abcdef0123456789abcdef-' + '01234567-89abcdef',
    ],
    plain: ['key-value-pairs-of-the-settings', '0123456789abcdef0123456789abcdef-0123'],
  },
  twilio: {
    secret: ['SK' + '0123456789abcdef0123456789abcdef'],
    plain: ['SKU-0123456789-abcdef', 'AC0123456789abcdef0123456789abcdef'],
  },
  shops: {
    secret: [
      ...['shpat_', 'shpca_', 'shppa_', 'shpss_'].map(
        (p) => p + '0123456789abcdef0123456789abcdef',
      ),
      'EAAA' + 'lq3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eFaB3dE6gH9jK2mN5pQ8sT1vW4yZ7b',
      'sq0atp-' + 'aB3dE6gH9jK2mN5pQ8sT1v',
      'sq0csp-' + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eFaB3dE6gH9jK',
    ],
    plain: ['shpat_is_a_prefix_of_theirs', 'sq0atp-short'],
  },
  databricks: {
    secret: [
      'dapi' + '0123456789abcdef0123456789abcdef',
      'dapi' + '0123456789abcdef0123456789abcdef-2',
    ],
    plain: ['dapi0123456789abcdef', 'soundapi0123456789abcdef0123456789ab'],
  },
  digitalocean: {
    secret: ['dop_v1_', 'doo_v1_', 'dor_v1_'].map((p) => p + '0123456789abcdef'.repeat(4)),
    plain: ['dop_v1_of_the_protocol', 'dop_v2_0123456789abcdef'],
  },
  tools: {
    secret: [
      'PMAK-' + '0123456789abcdef01234567-0123456789abcdef0123456789abcdef01',
      'NRAK-' + 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0',
      'sntrys_' + 'eyJpYXQiOjE3MDAwMDAwMDAuMH0_aB3dE6gH9jK2',
      'sntryu_' + '0123456789abcdef'.repeat(4),
      'glsa_' + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF_01234567',
      'glc_' + 'eyJvIjoiMTIzNDU2IiwibiI6ImFiYyJ9',
      'figd_' + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF_aB3dE6g',
      'HRKU-' + 'AAaB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eFaB3dE6gH9jK2mN5pQ8sT1vW4yZ7b',
      'nfp_' + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eFaB3dE6gH',
      'pat' + 'aB3dE6gH9jK2mN.' + '0123456789abcdef'.repeat(4),
      'ATATT3' + 'xFfGF0aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF',
      'ATBB' + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF',
    ],
    plain: [
      'PMAK-short',
      'sntrys_and_more',
      'glsa_of_the_team',
      'figd_by_tables',
      'pattern.of.the.house',
      'ATBBurgers',
    ],
  },
  packages: {
    secret: [
      'pypi-' + 'AgEIcHlwaS5vcmcCJGFiY2RlZmdoLTEyMzQtNTY3OC05MGFiLWNkZWYwMTIzNDU2Nw',
      'rubygems_' + '0123456789abcdef0123456789abcdef0123456789abcdef',
      'dckr_pat_' + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7',
      'dckr_oat_' + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7',
    ],
    plain: ['pypi-server-url', 'rubygems_version_of_the_host', 'dckr_path_of_image'],
  },
  infrastructure: {
    secret: [
      'aB3dE6gH9jK2mN.' +
        'atlasv1.' +
        'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eFaB3dE6gH9jK2mN5pQ8sT1vW4yZ7b',
      'hvs.' + 'CAESIaB3dE6gH9jK2mN5pQ8sT1vW4yZ7b',
      'hvb.' + 'AAAAAQJaB3dE6gH9jK2mN5pQ8sT1vW4yZ7b',
      'dp.pt.' + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eFaB3dE6gH9jK',
      'dp.st.dev.' + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eFaB3dE6gH9jK',
      'fo1_' + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eFaB3dE6gH9jK',
      'fm2_' + 'lJPECAAAAAAAAaB3dE6gH9jK2mN5pQ8sT1vW4yZ7b',
      'ops_' + 'eyJzaWduSW5BZGRyZXNzIjoibXkuMXBhc3N3b3JkLmNvbSJ9',
      'AGE-SECRET-KEY-1' + 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE',
    ],
    plain: [
      'dp.pt.short',
      'hvs.short',
      'fo1_short',
      'ops_event_name_of_ours',
      'dp.state.of.the.component.here',
    ],
  },
  discord: {
    secret: ['MTE4' + 'NzY1NDMyMTA5ODc2NTQzMg.' + 'GaBcDe.' + 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF'],
    plain: ['Module.exports.of.the.settings.page', 'NotAToken.GaBcDe.short'],
  },
}

test('every format has an example', () => {
  const all = Object.values(TOKENS).flatMap(({ secret }) => secret)
  const branches = [...formats.TOKENS, ...formats.WHOLE_WORDS]
  expect(
    branches.filter((source) => !all.some((each) => new RegExp(`^(?:${source})`).test(each))),
  ).toEqual([])
})

describe.each(Object.entries(TOKENS))('credentials: %s', (_, { secret, plain }) => {
  test.each(secret)('filters %j', (token) => {
    expect(text(token)).toBe(F)
    expect(text(`it was ${token}, and`)).toBe(`it was ${F}, and`)
    expect(text(`\\n${token}`)).toBe(`\\${F}`)
  })

  test.each(plain)('keeps %j', (words) => {
    expect(text(`it was ${words} then`)).toBe(`it was ${words} then`)
  })
})

const JWT =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'

describe.each<[string, string[], string[]]>([
  [
    'JWTs',
    [JWT, JWT.slice(0, 60), `x_${JWT}`],
    ['eyJ', 'eyJhbGci', 'eyJpZCI6MTB9', 'they.eyJ.are.not'],
  ],
  [
    'Bearer',
    ['Bearer hunter', 'bearer abc/def+ghi=', 'BEARER  "hunter2"'],
    [
      'Bearer token missing',
      'Bearer authentication',
      'checking bearer auth...',
      'a bearer of bad news',
    ],
  ],
  [
    'Basic',
    ['Basic dXNlcjpwYXNz', 'basic aHVudGVyOmh1bnRlcg=='],
    ['Basic authentication', 'the basic settings', 'visual basic program'],
  ],
  [
    'PEM keys',
    [
      '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----',
      '-----BEGIN EC PRIVATE KEY-----\\nMIIE\\n-----END EC PRIVATE KEY-----',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nMIIE',
      '-----BEGIN PGP PRIVATE KEY BLOCK-----\nMIIE\n-----END PGP PRIVATE KEY BLOCK-----',
    ],
    ['-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----', 'BEGIN KEY'],
  ],
  [
    'card numbers',
    // The vendors' test numbers: https://docs.stripe.com/testing#cards
    [
      '4242424242424242',
      '4000 0566 5566 5556',
      '5555-5555-5555-4444',
      '2223003122003222',
      '378282246310005',
      '3782 822463 10005',
      '6011111111111117',
      '30569309025904',
      '3056 930902 5904',
      '3566002020360505',
      '6205500000000000004',
      '4222222222222',
      '4444444444444444442',
      ...['2221444444444441', '2230444444444440', '2294444444444443', '2344444444444443'],
      ...['2694444444444449', '2704444444444447', '2714444444444445', '2720444444444447'],
      ...['2200444444444446', '2204444444444442', '344444444444447', '30954444444444'],
      ...['36444444444440', '38444444444448', '39444444444447', '5044444444444449'],
      ...['5644444444444443', '5844444444444441', '5844444444444444442', '62444444444444446'],
    ],
    [
      '4242424242424241',
      '1234567890123456',
      '0.4242424242424242',
      '20261121170533',
      '4242 4242 4242',
      '2026-11-21-17-05',
      '12345678-4242-4424-8242-424242424242',
      '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    ],
  ],
  [
    'URL user info',
    [
      'https://hunter2@example.test',
      'redis://:hunter2@localhost:6379',
      'mysql://root:p%40ss@db',
      'amqp://a:b:c@mq',
      'postgres://u:p#w?x@db',
    ],
    [
      'https://example.test/@hono/node-server',
      'http://localhost:3000/@vite/client',
      'mailto:a',
      'https://a.test?b=@c',
      'file:///app@1/x.js',
    ],
  ],
  [
    'Slack webhooks',
    [
      'https://hooks.slack.com/services/T0/B0/hunter2',
      'hooks.slack.com/workflows/T0/A0/1/hunter2',
      'https://hooks.slack-gov.com/services/T0/B0/hunter2',
    ],
    [
      'https://slack.com/services/T0',
      'hooks.slack.com is down',
      'https://hooks.slack.com.example.test/x',
      'https://myhooks.slack.com/services/T0',
    ],
  ],
  [
    'webhooks of others',
    [
      'https://webhook.office.com/webhookb2/hunter2',
      'https://acme.webhook.office.com/webhookb2/hunter2',
      'https://hook.eu1.make.com/hunter2',
      'https://hook.us2.make.celonis.com/hunter2',
      'https://hook.eu.make.com/hunter2',
      'https://hook.us.staging.make.com/hunter2',
      'https://mydiscord.webhook.office.com/webhookb2/hunter2',
      'https://discordapp.com/api/webhooks/1/hunter2',
      'https://ptb.discord.com/api/webhooks/1/hunter2',
      'https://canary.discord.com/api/v10/webhooks/1/hunter2',
    ],
    [
      'https://discord.com.example.test/api/webhooks/1/x',
      'https://mydiscord.com/api/webhooks/1/x',
      'https://canary.discord.com/channels/1/2',
      'https://hook.make.com/x',
      'https://www.make.com/en/help',
    ],
  ],
  [
    'query parameters of Drizzle errors',
    ['Failed query: select ?\nparams: a,hunter2\nb'],
    ['params: a', 'Failed query: select ?'],
  ],
])('%s', (_, secrets, plain) => {
  test.each(secrets)('filters %j', (secret) => {
    const out = text(secret)
    expect(out).toContain(F)
    expect(out).not.toMatch(/hunter|MIIE|dXNl|aHVu|p%40ss|p#w|b:c|\d{6}|eyJ/)
    // The same token in the middle of a sentence, and in a field.
    expect(text(`it was ${secret}`)).toBe(`it was ${out}`)
    expect(text(`a, ${secret}`)).toBe(`a, ${out}`)
  })

  test.each(plain)('keeps %j', (words) => {
    expect(text(words)).toBe(words)
    expect(text(`it was ${words} then`)).toBe(`it was ${words} then`)
  })
})

const PARTS =
  'auth token secret session password passwd passphrase apikey accesskey privatekey jwt bearer csrf xsrf credential cookie signature connectionstring databaseurl dsn webhook'.split(
    ' ',
  )
const WORDS = 'key sid pin otp totp code state nonce sig cvv cvc ssn iban'.split(' ')

test.each([
  ['Bearer authABC123', `Bearer ${F}`],
  ['Bearer tokenized', `Bearer ${F}`],
  ['Bearer mytoken', `Bearer ${F}`],
  ['Bearer tokens, credential or credentials.', 'Bearer tokens, credential or credentials.'],
  ['Bearer credential: none', 'Bearer credential: [Filtered]'],
  ['Bearer credentials missing', 'Bearer credentials missing'],
  ['Bearer credential. Bearer token.', 'Bearer credential. Bearer token.'],
  ['Basic OPERATIONS', 'Basic OPERATIONS'],
  ['-----BEGIN a KEY-----', '-----BEGIN a KEY-----'],
  ['4242424242424242-abcd', '4242424242424242-abcd'],
  ['4242424242424242-wxyz', `${F}-wxyz`],
  ['4242424242424242-ab', `${F}-ab`],
  ['abcd-4242424242424242', 'abcd-4242424242424242'],
  ['wxyz-4242424242424242', `wxyz-${F}`],
  ['ab-4242424242424242', `ab-${F}`],
  ['4242424242424242a', '4242424242424242a'],
  ['code: AB_cd', `code: ${F}`],
  ['passphrase: correct horse battery', `passphrase: ${F}`],
  ['pass-phrase: correct horse battery\nnext', `pass-phrase: ${F}\nnext`],
  ['IBAN: DE89 3704 0044 0532 0130 00', `IBAN: ${F}`],
  ['iban=GB29 NWBK 6016 1331 9268 19, x', `iban=${F}, x`],
  ['iban: gb29-nwbk-6016 1331 9268 19.', `iban: ${F}.`],
  ['ssn: 123 45 6789', `ssn: ${F}`],
  ['ssn: 123-45 6789 given', `ssn: ${F} given`],
  ['pin=1 2 3 4', `pin=${F}`],
  ['the pin: 1 2 3 4 is wrong', `the pin: ${F} is wrong`],
  ['cardToken=1234\u00a05678\u00a09012', `cardToken=${F}`],
  ['GET /?pin=1234 HTTP/1.1', `GET /?pin=${F} HTTP/1.1`],
  ['pin=1234 15ms 10:15:00', `pin=${F} 15ms 10:15:00`],
  ['pin=1234 10:15:00', `pin=${F} 10:15:00`],
  ['iban=DE89370400440532013000 404', `iban=${F} 404`],
  ['errorToken: hunter2', `errorToken: ${F}`],
  ['x.jsauth: hunter2', `x.jsauth: ${F}`],
  ['token.cjs:10:5 token.mts:1 token.tsx:2', 'token.cjs:10:5 token.mts:1 token.tsx:2'],
])('%j is %j', (input, output) => {
  expect(text(input)).toBe(output)
})

describe('keys', () => {
  const secret = (key: string): boolean =>
    (redactor.value({ [key]: 'x' }) as Record<string, unknown>)[key] === F

  test.each(PARTS)('%s is secret anywhere in a key, however it is written', (part) => {
    const half = Math.ceil(part.length / 2)
    for (const key of [
      part,
      part.toUpperCase(),
      `x-${part}-y`,
      `my${part}s`,
      `${part.slice(0, half)}_${part.slice(half)}`,
      `${part.slice(0, half)}.${part.slice(half)}`,
      `%${part.charCodeAt(0).toString(16)}${part.slice(1)}`,
      `%25${part.charCodeAt(0).toString(16)}${part.slice(1)}`,
      `${part[0]!.toUpperCase()}${part.slice(1)}`,
    ]) {
      expect([key, secret(key)]).toEqual([key, true])
      expect(redactor.query(`${key}=x`)).toBe(`${key}=${F}`)
      expect(text(`${key}=hunter2`)).not.toContain('hunter2')
      expect(text(`"${key}":"hunter2"`)).not.toContain('hunter2')
      expect(text(`${key}: hunter2`)).not.toContain('hunter2')
    }
  })

  test.each(WORDS)('%s is secret as a whole word', (word) => {
    const upper = word[0]!.toUpperCase() + word.slice(1)
    for (const key of [
      word,
      word.toUpperCase(),
      `x-${word}`,
      `${word}_x`,
      `user${upper}`,
      `${word}2`,
      `a.${word}`,
      word.split('').join('-'),
      `%${word.charCodeAt(0).toString(16)}${word.slice(1)}`,
      `${word.toUpperCase()}Value`,
      `X${upper}`,
      `x9${upper}`,
    ]) {
      expect([key, secret(key)]).toEqual([key, true])
      expect(redactor.query(`${key}=x`)).toBe(`${key}=${F}`)
      expect(text(`"${key}":"hunter2"`)).not.toContain('hunter2')
    }
    for (const key of [`x${word}x`, `${word}board`, `mon${word}`])
      expect([key, secret(key)]).toEqual([key, false])
  })

  test.each([
    'monkey',
    'keyboard',
    'shipping',
    'spinner',
    'statecraft',
    'encoder',
    'decode',
    'estate',
    'insider',
    'design',
    'statusCode',
    'closeCode',
    'readyState',
    'error_code',
    'country-code',
    'primaryKey',
    'cache_key',
    'id',
    'name',
    '이름',
    '__proto__',
    'constructor',
    '',
  ])('%j is no secret key', (key) => expect(secret(key)).toBe(false))

  test('null, true and false are shown, other values are not', () => {
    expect(redactor.value({ auth: null, token: true, session: false, pin: 0, secret: '' })).toEqual(
      { auth: null, token: true, session: false, pin: F, secret: F },
    )
  })

  test.each([
    ["code: 'ENOENT'", false],
    ['code=404', false],
    ['"code":"SQLITE_BUSY"', false],
    ['code: 123456', true],
    ['code=abc', true],
    ['code: ABC123', true],
    ['state: open', true],
  ])('a code that is a reason is kept in a message: %s', (message, filtered) => {
    expect(text(message).includes(F)).toBe(filtered)
  })
})

test.each([
  ['postgres://u:12p#w?x@db', `postgres://${F}@db`],
  ['token:%20 hunter2', `token:%20 ${F}`],
  ['token=Bearer \t hunter2 x', `token=${F} x`],
  ['token=bearer "hunter2" x', `token=${F}" x`],
  ['token=a;,b x', `token=${F} x`],
  ['cvv: 1 2 3', `cvv: ${F}`],
  ['name=password type=x value=hunter2', `name=password type=x value=${F}`],
  ['data; name="pin";filename="a"\n\nhunter2\n--b', `data; name="pin";filename="a"\n\n${F}\n--b`],
  ['name=\\"token\\"\\n\\nhunter2\\n--b', `name=\\"token\\"\\n\\n${F}\\n--b`],
])('a value is secret to its end, however it begins: %s', (given, expected) => {
  expect(text(given)).toBe(expected)
})

test('a list after an English word is secret when it is long', () => {
  const list = `[${'a, '.repeat(50)}b]`
  expect(text(`the state: ${list} x`)).toBe(`the state: ${F} x`)
  expect(text('the state: [a, b] x')).toBe('the state: [a, b] x')
})

test.each([
  ['/x?pw=&user[auth]=hunter2&b=1', `/x?pw=&user[auth]=${F}&b=1`],
  ['token=abc&user[password]=hunter2&b=1', `token=${F}&user[password]=${F}&b=1`],
  ['token=abc;user[a][pin]=hunter2 x', `token=${F};user[a][pin]=${F} x`],
  ['token=a&list[]=1&b[c]=2', `token=${F}&list[]=1&b[c]=2`],
  ['f(token=abc)=hunter2 end', `f(token=${F} end`],
  ['{token=abc}=hunter2', `{token=${F}`],
  ['token=abc&user[a].b=2', `token=${F}&user[a].b=2`],
])('a value ends before a key with brackets: %s', (given, expected) => {
  expect(text(given)).toBe(expected)
})
