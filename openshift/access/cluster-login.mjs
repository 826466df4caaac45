/**
 * How workflows log in to a cluster, without a credential in a file or in a log:
 *
 *     node openshift/access/cluster-login.mjs kubeconfig > "$KUBECONFIG"
 *
 * writes a kubeconfig whose user is this program; `oc` and `kubectl` then ask it for a token whenever they need one
 * (`cluster-login.mjs token`), so that a token of few minutes is enough for work that takes longer.
 *
 * By environment: OPENSHIFT_SERVER is the API's address. OPENSHIFT_CA has the PEM of the authority that signed its
 * certificate, where the machine doesn't know it. OPENSHIFT_OIDC_AUDIENCE is set where the cluster takes GitHub's own
 * tokens, and is what they are made out to; else OPENSHIFT_TOKEN is a token of a ServiceAccount.
 *
 * Plain JavaScript without dependencies, for Node 20 and newer: it runs before anything is installed.
 */
import { fileURLToPath } from 'node:url';

const API_VERSION = 'client.authentication.k8s.io/v1';

/** GitHub answers in a fraction of a second, or is down. */
const GITHUB_DEADLINE_MS = 30_000;

const [verb] = process.argv.slice(2);
try {
  if (verb === 'kubeconfig') print(kubeconfig());
  else if (verb === 'token') print(await execCredential());
  else throw new Error('Usage: node cluster-login.mjs kubeconfig|token');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

/** One cluster, one user, and nothing secret. JSON is YAML. */
function kubeconfig() {
  const server = required(
    'OPENSHIFT_SERVER',
    'the API’s address, such as https://api.example.com:6443',
  );
  if (!/^https?:\/\/[^/\s]+/.test(server)) {
    throw new Error(
      `OPENSHIFT_SERVER is "${server}"; valid is such as https://api.example.com:6443.`,
    );
  }
  const authority = process.env.OPENSHIFT_CA;
  const name = 'cluster';
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [
      {
        name,
        cluster: {
          server,
          ...(authority && {
            'certificate-authority-data': Buffer.from(authority).toString('base64'),
          }),
        },
      },
    ],
    users: [
      {
        name,
        user: {
          exec: {
            apiVersion: API_VERSION,
            command: process.execPath,
            args: [fileURLToPath(import.meta.url), 'token'],
            interactiveMode: 'Never',
          },
        },
      },
    ],
  };
}

/** What `oc` and `kubectl` read. Without a time of expiry they ask once, with one they ask again when it is near. */
async function execCredential() {
  const audience = process.env.OPENSHIFT_OIDC_AUDIENCE;
  if (audience) {
    const token = await githubToken(audience);
    const expirationTimestamp = expiryOf(token);
    return {
      apiVersion: API_VERSION,
      kind: 'ExecCredential',
      status: { token, expirationTimestamp },
    };
  }
  const token = required(
    'OPENSHIFT_TOKEN',
    'a token of a ServiceAccount, where OPENSHIFT_OIDC_AUDIENCE is not set',
  );
  return { apiVersion: API_VERSION, kind: 'ExecCredential', status: { token } };
}

/** A token that says which workflow of which repository this is, signed by GitHub. */
async function githubToken(audience) {
  const hint = 'given to jobs with the permission "id-token: write"';
  const url = new URL(required('ACTIONS_ID_TOKEN_REQUEST_URL', hint));
  url.searchParams.set('audience', audience);
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${required('ACTIONS_ID_TOKEN_REQUEST_TOKEN', hint)}` },
    signal: AbortSignal.timeout(GITHUB_DEADLINE_MS),
  });
  if (!response.ok) throw new Error(`GitHub gives no token: it answers ${response.status}.`);
  const { value } = await response.json();
  if (!value) throw new Error('GitHub gives no token: its answer has none.');
  return value;
}

/** As the token itself says. Whether it is true is the cluster's to check. */
function expiryOf(token) {
  const [, claims = ''] = token.split('.');
  const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  return new Date(exp * 1000).toISOString();
}

function required(name, meaning) {
  const value = process.env[name]?.trim();
  if (!value) throw new Error(`${name} is not set: ${meaning}.`);
  return value;
}

function print(document) {
  console.log(JSON.stringify(document, null, 2));
}
