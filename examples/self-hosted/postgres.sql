-- Makes the database and its two roles on PostgreSQL 15. Give the passwords on the command line:
--
--   sudo -u postgres psql -v ON_ERROR_STOP=1 -v mailwright=PASSWORD1 -v mailserver=PASSWORD2 < postgres.sql
--
-- mailwright owns the database and makes its tables at the first apply.
CREATE ROLE mailwright LOGIN PASSWORD :'mailwright';
-- Postfix and Dovecot read; Dovecot also writes usage (quota2) and who shares with whom (user_shares, anyone_shares).
CREATE ROLE mailserver LOGIN PASSWORD :'mailserver';
CREATE DATABASE mail OWNER mailwright ENCODING 'UTF8' TEMPLATE template0;
\connect mail
-- Said before the tables are there, so that no step is left for after the first apply.
ALTER DEFAULT PRIVILEGES FOR ROLE mailwright GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO mailserver;
