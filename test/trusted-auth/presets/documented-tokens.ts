/**
 * Claims of tokens as the issuers document them, with their own example values. The constants are the pages. Times
 * and identities of a test's own come on top.
 */
type Claims = Record<string, unknown>;

export const SUPABASE_JWT_CLAIMS_REFERENCE = {
  user: {
    aal: "aal1",
    amr: [{ method: "password", timestamp: 1640991600 }],
    app_metadata: { provider: "email", providers: ["email"] },
    aud: "authenticated",
    email: "user@example.com",
    iss: "https://abcdefghijklmnopqrst.supabase.co/auth/v1",
    phone: "",
    role: "authenticated",
    session_id: "123e4567-e89b-12d3-a456-426614174001",
    sub: "123e4567-e89b-12d3-a456-426614174000",
    user_metadata: { name: "John Doe" },
    is_anonymous: false,
  },
  anonKey: { iss: "supabase", ref: "abcdefghijklmnopqrst", role: "anon" },
  serviceRoleKey: { iss: "supabase", ref: "abcdefghijklmnopqrst", role: "service_role" },
} satisfies Record<string, Claims>;

export const AUTH0_ID_TOKEN_STRUCTURE = {
  iss: "https://my-domain.auth0.com/",
  sub: "auth0|123456",
  aud: "Tmn0kPeZ3pNHC8dFnmVHyCTRZEPCcXyz",
  name: "Jane Doe",
  given_name: "Jane",
  family_name: "Doe",
  gender: "female",
  birthdate: "0000-10-31",
  email: "janedoe@example.com",
  email_verified: true,
  picture: "http://example.com/janedoe/me.jpg",
} satisfies Claims;

export const AUTH0_ACCESS_TOKEN_PROFILES = {
  user: {
    iss: "https://my-domain.auth0.com/",
    sub: "auth0|123456",
    aud: ["https://example.com/health-api", "https://my-domain.auth0.com/userinfo"],
    azp: "my_client_id",
    scope: "openid profile read:patients read:admin",
  },
  machine: {
    iss: "https://my-domain.auth0.com/",
    sub: "my_client_id@clients",
    aud: "https://example.com/health-api",
    azp: "my_client_id",
    scope: "read:patients",
    gty: "client-credentials",
  },
} satisfies Record<string, Claims>;

export const OKTA_OPENID_CONNECT_AND_OAUTH = {
  idToken: {
    ver: 1,
    sub: "00uid4BxXw6I6TV4m0g3",
    iss: "https://example.okta.com/oauth2/default",
    aud: "0oabucvyc38HLL1ef0h7",
    jti: "ID.4eAWJOCMB3SX8XewDfVR",
    auth_time: 1449624026,
    amr: ["pwd"],
    idp: "00ok1u7AsAkrwdZL3z0g3",
    nonce: "UBGW",
    name: "John Doe",
    nickname: "Jimmy",
    preferred_username: "john.doe@example.com",
    given_name: "John",
    family_name: "Doe",
    zoneinfo: "America/Los_Angeles",
    updated_at: 1311280970,
    email: "john.doe@example.com",
    email_verified: true,
    at_hash: "cpqKfdQA5eH891Ff5oJr_Q",
  },
  accessToken: {
    ver: 1,
    jti: "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
    iss: "https://example.okta.com/oauth2/default",
    aud: "api://default",
    sub: "john.doe@example.com",
    cid: "0oabucvyc38HLL1ef0h7",
    uid: "00uid4BxXw6I6TV4m0g3",
    scp: ["openid", "email"],
  },
  machine: {
    ver: 1,
    jti: "AT.1mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
    iss: "https://example.okta.com/oauth2/default",
    aud: "api://default",
    sub: "0oabucvyc38HLL1ef0h7",
    cid: "0oabucvyc38HLL1ef0h7",
    scp: ["read"],
  },
} satisfies Record<string, Claims>;

export const KEYCLOAK_TOKENS = {
  idToken: {
    auth_time: 1673170996,
    jti: "d58f5dc8-fd8f-462b-8a19-716f8f83985b",
    iss: "https://login.example.com/realms/main",
    aud: "web-app",
    sub: "f:44d42131-2236-4897-9146-1c782cf44d92:peter",
    typ: "ID",
    azp: "web-app",
    sid: "2a88c258-f73a-4103-b862-e1fbd8f4e04e",
    at_hash: "bx1R3jYc2qLbR0T0b0cKtA",
    acr: "1",
    email_verified: true,
    name: "Peter Example",
    preferred_username: "peter",
    given_name: "Peter",
    family_name: "Example",
    email: "peter@example.com",
  },
  serviceAccount: {
    jti: "trtcc:312ee64b-1b1c-4b1c-8d3a-0d6f0a1b2c3d",
    iss: "https://login.example.com/realms/main",
    aud: "web-app",
    sub: "36fa0f91-f94d-4a0c-afed-6b7d952e47da",
    typ: "Bearer",
    azp: "billing",
    acr: "1",
    realm_access: { roles: ["offline_access", "default-roles-main", "uma_authorization"] },
    resource_access: { account: { roles: ["manage-account", "view-profile"] } },
    scope: "email profile",
    email_verified: false,
    clientHost: "10.0.0.7",
    clientAddress: "10.0.0.7",
    client_id: "billing",
    preferred_username: "service-account-billing",
  },
} satisfies Record<string, Claims>;

export const CLERK_SESSION_TOKENS = {
  version2: {
    azp: "https://example.com",
    fva: [7, -1],
    iss: "https://clerk.your-site.com",
    jti: "1234567890",
    sid: "sess_123",
    sub: "user_123",
    v: 2,
    pla: "u:free,o:pro",
    fea: "o:dashboard,o:impersonation",
    o: { id: "org_123", slg: "org-slug", rol: "admin", per: "read,manage", fpm: "3,2" },
  },
  version1: {
    azp: "https://example.com",
    fva: [7, -1],
    iss: "https://clerk.your-site.com",
    sid: "sess_123",
    sub: "user_123",
    org_id: "org_123",
    org_slug: "org-slug",
    org_role: "org:admin",
    org_permissions: ["org:admin:example_permission"],
  },
} satisfies Record<string, Claims>;

const ENTRA_TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

export const ENTRA_ID_TOKEN_CLAIMS_REFERENCE = {
  version2: {
    ver: "2.0",
    iss: `https://login.microsoftonline.com/${ENTRA_TENANT}/v2.0`,
    sub: "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
    aud: "00001111-aaaa-2222-bbbb-3333cccc4444",
    name: "Abe Lincoln",
    preferred_username: "AbeLi@microsoft.com",
    email: "AbeLi@microsoft.com",
    oid: "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb",
    tid: ENTRA_TENANT,
    nonce: "123523",
    aio: "Df2UVXL1ix!lMCWMSOJBcFatzcGfvFGhjKv8q5g0x732dR5MB5BisvGQO7YWByjd8iQDLq!eGbIDakyp5mnOrcdqHeYSnltepQmRp6AIZ8jY",
    rh: "0.ASgAv4j5cvGGr0GRqy180BHbR.",
    uti: "fqiBqXLPj0eQa82S-IYFAA",
  },
  version1: {
    ver: "1.0",
    iss: `https://sts.windows.net/${ENTRA_TENANT}/`,
    sub: "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
    aud: "00001111-aaaa-2222-bbbb-3333cccc4444",
    name: "Abe Lincoln",
    unique_name: "AbeLi@microsoft.com",
    upn: "AbeLi@microsoft.com",
    oid: "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb",
    tid: ENTRA_TENANT,
    amr: ["pwd"],
    uti: "fqiBqXLPj0eQa82S-IYFAA",
  },
} satisfies Record<string, Claims>;

export const GOOGLE_OPENID_CONNECT = {
  user: {
    iss: "https://accounts.google.com",
    azp: "1234987819200.apps.googleusercontent.com",
    aud: "1234987819200.apps.googleusercontent.com",
    sub: "10769150350006150715113082367",
    at_hash: "HK6E_P6Dh8Y93mRNtsDB1Q",
    hd: "example.com",
    email: "jsmith@example.com",
    email_verified: "true",
    name: "Jane Smith",
    given_name: "Jane",
    family_name: "Smith",
    picture: "https://lh3.googleusercontent.com/a-/e2718281828459045",
    nonce: "0394852-3190485-2490358",
  },
  serviceAccount: {
    iss: "https://accounts.google.com",
    azp: "102987654321098765432",
    aud: "1234987819200.apps.googleusercontent.com",
    sub: "102987654321098765432",
    email: "robot@any-project.iam.gserviceaccount.com",
    email_verified: true,
  },
} satisfies Record<string, Claims>;

export const FIREBASE_VERIFY_ID_TOKENS = {
  iss: "https://securetoken.google.com/my-app-1a2b3",
  aud: "my-app-1a2b3",
  auth_time: 1640991600,
  user_id: "bVKJ2RYXk7Ql1mYFpJTkJ1xGm9p1",
  sub: "bVKJ2RYXk7Ql1mYFpJTkJ1xGm9p1",
  name: "Jane Doe",
  picture: "https://lh3.googleusercontent.com/a-/e2718281828459045",
  email: "jane@example.com",
  email_verified: true,
  firebase: {
    identities: { "google.com": ["10769150350006150715"], email: ["jane@example.com"] },
    sign_in_provider: "google.com",
  },
} satisfies Claims;

const USER_POOL = "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_example";

export const COGNITO_UNDERSTANDING_TOKENS = {
  idToken: {
    sub: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    "cognito:groups": ["test-group-a", "test-group-b", "test-group-c"],
    email_verified: true,
    "cognito:preferred_role": "arn:aws:iam::111122223333:role/my-test-role",
    iss: USER_POOL,
    "cognito:username": "my-test-user",
    middle_name: "Jane",
    nonce: "abcdefg",
    origin_jti: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeee1",
    "cognito:roles": ["arn:aws:iam::111122223333:role/my-test-role"],
    aud: "xxxxxxxxxxxxexample",
    identities: [
      {
        userId: "amzn1.account.EXAMPLE",
        providerName: "LoginWithAmazon",
        providerType: "LoginWithAmazon",
        issuer: null,
        primary: "true",
        dateCreated: "1642699117273",
      },
    ],
    event_id: "64f513be-32db-42b0-b78e-b02127b4f463",
    token_use: "id",
    auth_time: 1676312777,
    jti: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeee2",
    email: "my-test-user@example.com",
  },
  accessToken: {
    sub: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    device_key: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeee3",
    "cognito:groups": ["testgroup"],
    iss: USER_POOL,
    version: 2,
    client_id: "xxxxxxxxxxxxexample",
    origin_jti: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeee1",
    event_id: "64f513be-32db-42b0-b78e-b02127b4f463",
    token_use: "access",
    scope: "phone openid profile resourceserver.1/appclient2 email",
    auth_time: 1676313851,
    jti: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeee4",
    username: "my-test-user",
  },
} satisfies Record<string, Claims>;
