-- The tables of PostfixAdmin 3.3 on MySQL and MariaDB, and the two that Dovecot shares folders with. Keys are in latin1,
-- whatever their case, as PostfixAdmin makes them; only what people write for each other is Unicode.
CREATE TABLE IF NOT EXISTS domain (
  domain varchar(255) PRIMARY KEY,
  description varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL DEFAULT '',
  aliases int(10) NOT NULL DEFAULT 0,
  mailboxes int(10) NOT NULL DEFAULT 0,
  maxquota bigint NOT NULL DEFAULT 0,
  quota bigint NOT NULL DEFAULT 0,
  transport varchar(255) NOT NULL,
  backupmx tinyint(1) NOT NULL DEFAULT 0,
  created datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  modified datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  active tinyint(1) NOT NULL DEFAULT 1,
  password_expiry int(11) DEFAULT 0) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;

CREATE TABLE IF NOT EXISTS mailbox (
  KEY domain (domain),
  username varchar(255) PRIMARY KEY,
  password varchar(255) NOT NULL DEFAULT '',
  name varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL DEFAULT '',
  maildir varchar(255) NOT NULL DEFAULT '',
  quota bigint NOT NULL DEFAULT 0,
  created datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  modified datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  active tinyint(1) NOT NULL DEFAULT 1,
  domain varchar(255) NOT NULL,
  local_part varchar(255) NOT NULL,
  phone varchar(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL DEFAULT '',
  email_other varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL DEFAULT '',
  token varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL DEFAULT '',
  token_validity datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  password_expiry datetime NOT NULL DEFAULT '2000-01-01 00:00:00') ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;

CREATE TABLE IF NOT EXISTS alias (
  KEY domain (domain),
  address varchar(255) PRIMARY KEY,
  goto text NOT NULL,
  domain varchar(255) NOT NULL,
  created datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  modified datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  active tinyint(1) NOT NULL DEFAULT 1) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;

CREATE TABLE IF NOT EXISTS alias_domain (
  KEY active (active),
  KEY target_domain (target_domain),
  alias_domain varchar(255) PRIMARY KEY,
  target_domain varchar(255) NOT NULL,
  created datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  modified datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  active tinyint(1) NOT NULL DEFAULT 1) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;

CREATE TABLE IF NOT EXISTS admin (
  username varchar(255) PRIMARY KEY,
  password varchar(255) NOT NULL DEFAULT '',
  created datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  modified datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  active tinyint(1) NOT NULL DEFAULT 1,
  superadmin tinyint(1) NOT NULL DEFAULT 0,
  phone varchar(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL DEFAULT '',
  email_other varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL DEFAULT '',
  token varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL DEFAULT '',
  token_validity datetime NOT NULL DEFAULT '2000-01-01 00:00:00') ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;

CREATE TABLE IF NOT EXISTS domain_admins (
  KEY username (username),
  username varchar(255) NOT NULL,
  domain varchar(255) NOT NULL,
  created datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  active tinyint(1) NOT NULL DEFAULT 1,
  id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;

CREATE TABLE IF NOT EXISTS log (
  KEY `timestamp` (`timestamp`),
  KEY domain_timestamp (domain, `timestamp`),
  `timestamp` datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  username varchar(255) NOT NULL DEFAULT '',
  domain varchar(255) NOT NULL DEFAULT '',
  action varchar(255) NOT NULL DEFAULT '',
  data text NOT NULL,
  id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;

CREATE TABLE IF NOT EXISTS quota (
  username varchar(255) NOT NULL,
  path varchar(100) NOT NULL,
  current bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (username, path)) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;

CREATE TABLE IF NOT EXISTS quota2 (
  username varchar(255) PRIMARY KEY,
  bytes bigint NOT NULL DEFAULT 0,
  messages int(11) NOT NULL DEFAULT 0) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;

CREATE TABLE IF NOT EXISTS vacation (
  KEY email (email),
  email varchar(255) PRIMARY KEY,
  subject varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL,
  body text CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL,
  cache text NOT NULL,
  domain varchar(255) NOT NULL,
  created datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  active tinyint(1) NOT NULL DEFAULT 1,
  modified timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  activefrom timestamp NOT NULL DEFAULT '2000-01-01 00:00:00',
  activeuntil timestamp NOT NULL DEFAULT '2038-01-18 00:00:00',
  interval_time int(11) NOT NULL DEFAULT 0) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;

CREATE TABLE IF NOT EXISTS vacation_notification (
  on_vacation varchar(255) NOT NULL,
  notified varchar(255) NOT NULL,
  notified_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (on_vacation, notified),
  CONSTRAINT vacation_notification_pkey FOREIGN KEY (on_vacation) REFERENCES vacation (email) ON DELETE CASCADE) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;

CREATE TABLE IF NOT EXISTS fetchmail (
  id int(11) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  mailbox varchar(255) NOT NULL DEFAULT '',
  src_server varchar(255) NOT NULL DEFAULT '',
  src_auth enum('password','kerberos_v5','kerberos','kerberos_v4','gssapi','cram-md5','otp','ntlm','msn','ssh','any'),
  src_user varchar(255) NOT NULL DEFAULT '',
  src_password varchar(255) NOT NULL DEFAULT '',
  src_folder varchar(255) NOT NULL DEFAULT '',
  poll_time int(11) unsigned NOT NULL DEFAULT 10,
  fetchall tinyint(1) unsigned NOT NULL DEFAULT 0,
  keep tinyint(1) unsigned NOT NULL DEFAULT 0,
  protocol enum('POP3','IMAP','POP2','ETRN','AUTO'),
  usessl tinyint(1) unsigned NOT NULL DEFAULT 0,
  extra_options text,
  returned_text text,
  mda varchar(255) NOT NULL DEFAULT '',
  `date` timestamp NOT NULL DEFAULT '2000-01-01 00:00:00',
  sslcertck tinyint(1) NOT NULL DEFAULT 0,
  sslcertpath varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci DEFAULT '',
  sslfingerprint varchar(255) DEFAULT '',
  domain varchar(255) DEFAULT '',
  active tinyint(1) NOT NULL DEFAULT 0,
  created timestamp NOT NULL DEFAULT '2000-01-01 00:00:00',
  modified timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  src_port int(11) NOT NULL DEFAULT 0) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;

CREATE TABLE IF NOT EXISTS user_shares (
  from_user varchar(255) NOT NULL,
  to_user varchar(255) NOT NULL,
  dummy char(1) DEFAULT '1',
  PRIMARY KEY (from_user, to_user)) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;
CREATE TABLE IF NOT EXISTS anyone_shares (
  from_user varchar(255) PRIMARY KEY,
  dummy char(1) DEFAULT '1') ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;

CREATE TABLE IF NOT EXISTS config (
  id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name varchar(20) NOT NULL,
  UNIQUE KEY name (name),
  value varchar(20) NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_general_ci;
INSERT INTO config (name, value) VALUES ('version', '1847');
