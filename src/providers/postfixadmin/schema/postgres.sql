-- The tables of PostfixAdmin 3.3 on PostgreSQL, and the two that Dovecot shares folders with. PostfixAdmin's triggers
-- on quota and quota2 are left out: they add to what Dovecot writes, which is the whole sum each time.
CREATE TABLE IF NOT EXISTS domain (
  domain varchar(255) PRIMARY KEY,
  description varchar(255) NOT NULL DEFAULT '',
  aliases integer NOT NULL DEFAULT 0,
  mailboxes integer NOT NULL DEFAULT 0,
  maxquota bigint NOT NULL DEFAULT 0,
  quota bigint NOT NULL DEFAULT 0,
  transport varchar(255) DEFAULT NULL,
  backupmx boolean NOT NULL DEFAULT false,
  created timestamptz DEFAULT now(),
  modified timestamptz DEFAULT now(),
  active boolean NOT NULL DEFAULT true,
  password_expiry integer DEFAULT 0);
CREATE INDEX IF NOT EXISTS domain_domain_active ON domain (domain, active);

CREATE TABLE IF NOT EXISTS mailbox (
  username varchar(255) PRIMARY KEY,
  password varchar(255) NOT NULL DEFAULT '',
  name varchar(255) NOT NULL DEFAULT '',
  maildir varchar(255) NOT NULL DEFAULT '',
  quota bigint NOT NULL DEFAULT 0,
  created timestamptz DEFAULT now(),
  modified timestamptz DEFAULT now(),
  active boolean NOT NULL DEFAULT true,
  domain varchar(255) REFERENCES domain (domain),
  local_part varchar(255) NOT NULL,
  phone varchar(30) NOT NULL DEFAULT '',
  email_other varchar(255) NOT NULL DEFAULT '',
  token varchar(255) NOT NULL DEFAULT '',
  token_validity timestamptz DEFAULT '2000-01-01 00:00:00+00',
  password_expiry timestamptz DEFAULT '2000-01-01 00:00:00+00');
CREATE INDEX IF NOT EXISTS mailbox_domain_idx ON mailbox (domain);
CREATE INDEX IF NOT EXISTS mailbox_username_active ON mailbox (username, active);

CREATE TABLE IF NOT EXISTS alias (
  address varchar(255) PRIMARY KEY,
  goto text NOT NULL,
  domain varchar(255) NOT NULL REFERENCES domain (domain),
  created timestamptz DEFAULT now(),
  modified timestamptz DEFAULT now(),
  active boolean NOT NULL DEFAULT true);
CREATE INDEX IF NOT EXISTS alias_address_active ON alias (address, active);
CREATE INDEX IF NOT EXISTS alias_domain_idx ON alias (domain);

CREATE TABLE IF NOT EXISTS alias_domain (
  alias_domain varchar(255) PRIMARY KEY REFERENCES domain (domain) ON DELETE CASCADE,
  target_domain varchar(255) NOT NULL REFERENCES domain (domain) ON DELETE CASCADE,
  created timestamptz DEFAULT now(),
  modified timestamptz DEFAULT now(),
  active boolean NOT NULL DEFAULT true);
CREATE INDEX IF NOT EXISTS alias_domain_active ON alias_domain (alias_domain, active);

CREATE TABLE IF NOT EXISTS admin (
  username varchar(255) PRIMARY KEY,
  password varchar(255) NOT NULL DEFAULT '',
  created timestamptz DEFAULT now(),
  modified timestamptz DEFAULT now(),
  active boolean NOT NULL DEFAULT true,
  superadmin boolean NOT NULL DEFAULT false,
  phone varchar(30) NOT NULL DEFAULT '',
  email_other varchar(255) NOT NULL DEFAULT '',
  token varchar(255) NOT NULL DEFAULT '',
  token_validity timestamptz DEFAULT '2000-01-01 00:00:00+00');

CREATE TABLE IF NOT EXISTS domain_admins (
  username varchar(255) NOT NULL,
  domain varchar(255) NOT NULL REFERENCES domain (domain),
  created timestamptz DEFAULT now(),
  active boolean NOT NULL DEFAULT true,
  id serial PRIMARY KEY);

CREATE TABLE IF NOT EXISTS log (
  timestamp timestamptz DEFAULT now(),
  username varchar(255) NOT NULL DEFAULT '',
  domain varchar(255) NOT NULL DEFAULT '',
  action varchar(255) NOT NULL DEFAULT '',
  data text NOT NULL DEFAULT '',
  id serial PRIMARY KEY);
CREATE INDEX IF NOT EXISTS log_domain_timestamp_idx ON log (domain, timestamp);

CREATE TABLE IF NOT EXISTS quota (
  username varchar(255) NOT NULL,
  path varchar(100) NOT NULL,
  current bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (username, path));

CREATE TABLE IF NOT EXISTS quota2 (
  username varchar(255) PRIMARY KEY,
  bytes bigint NOT NULL DEFAULT 0,
  messages integer NOT NULL DEFAULT 0);

CREATE TABLE IF NOT EXISTS vacation (
  email varchar(255) PRIMARY KEY,
  subject varchar(255) NOT NULL,
  body text NOT NULL DEFAULT '',
  created timestamptz DEFAULT now(),
  active boolean NOT NULL DEFAULT true,
  domain varchar(255) REFERENCES domain (domain),
  modified timestamptz DEFAULT now(),
  activefrom timestamptz DEFAULT '2000-01-01 00:00:00+00',
  activeuntil timestamptz DEFAULT '2038-01-18 00:00:00+00',
  interval_time integer NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS vacation_email_active ON vacation (email, active);

CREATE TABLE IF NOT EXISTS vacation_notification (
  on_vacation varchar(255) NOT NULL REFERENCES vacation (email) ON DELETE CASCADE,
  notified varchar(255) NOT NULL,
  notified_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (on_vacation, notified));

CREATE TABLE IF NOT EXISTS fetchmail (
  id serial PRIMARY KEY,
  mailbox varchar(255) NOT NULL DEFAULT '',
  src_server varchar(255) NOT NULL DEFAULT '',
  src_auth varchar(15) NOT NULL CHECK (src_auth IN ('password', 'kerberos_v5', 'kerberos', 'kerberos_v4', 'gssapi',
    'cram-md5', 'otp', 'ntlm', 'msn', 'ssh', 'any')),
  src_user varchar(255) NOT NULL DEFAULT '',
  src_password varchar(255) NOT NULL DEFAULT '',
  src_folder varchar(255) NOT NULL DEFAULT '',
  poll_time integer NOT NULL DEFAULT 10,
  fetchall boolean NOT NULL DEFAULT false,
  keep boolean NOT NULL DEFAULT false,
  protocol varchar(15) NOT NULL CHECK (protocol IN ('POP3', 'IMAP', 'POP2', 'ETRN', 'AUTO')),
  extra_options text,
  returned_text text,
  mda varchar(255) NOT NULL DEFAULT '',
  date timestamptz DEFAULT now(),
  usessl boolean NOT NULL DEFAULT false,
  sslcertck boolean NOT NULL DEFAULT false,
  sslcertpath varchar(255) DEFAULT '',
  sslfingerprint varchar(255) DEFAULT '',
  domain varchar(255) DEFAULT '',
  active boolean NOT NULL DEFAULT false,
  created timestamptz DEFAULT '2000-01-01 00:00:00+00',
  modified timestamptz DEFAULT now(),
  src_port integer NOT NULL DEFAULT 0);

CREATE TABLE IF NOT EXISTS user_shares (
  from_user varchar(255) NOT NULL,
  to_user varchar(255) NOT NULL,
  dummy char(1) DEFAULT '1',
  PRIMARY KEY (from_user, to_user));
CREATE TABLE IF NOT EXISTS anyone_shares (
  from_user varchar(255) PRIMARY KEY,
  dummy char(1) DEFAULT '1');

CREATE TABLE IF NOT EXISTS config (
  id serial PRIMARY KEY,
  name varchar(20) NOT NULL UNIQUE,
  value varchar(20) NOT NULL);
INSERT INTO config (name, value) VALUES ('version', '1847');
