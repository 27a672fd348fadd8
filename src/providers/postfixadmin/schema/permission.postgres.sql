CREATE TABLE IF NOT EXISTS mailwright_permission (
  owner varchar(255) NOT NULL,
  grantee varchar(255) NOT NULL,
  perm varchar(20) NOT NULL CHECK (perm IN ('send_as', 'send_on_behalf', 'full_access')),
  created timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (owner, grantee, perm))
