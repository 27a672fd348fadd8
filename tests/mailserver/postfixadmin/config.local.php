<?php
// What differs from Debian's settings. The database is named by the environment, so that one copy serves them all.
$CONF['database_type'] = getenv('PFA_TYPE');
$CONF['database_host'] = '127.0.0.1';
$CONF['database_port'] = getenv('PFA_PORT');
$CONF['database_user'] = getenv('PFA_USER');
$CONF['database_password'] = getenv('PFA_PASSWORD');
$CONF['database_name'] = getenv('PFA_NAME');
// The scheme that Dovecot reads too; Debian's default can check MD5 alone.
$CONF['encrypt'] = 'php_crypt:BLOWFISH:10:{BLF-CRYPT}';
// No look-ups of domains that exist in the test alone.
$CONF['emailcheck_resolve_domain'] = 'NO';
$CONF['quota'] = 'YES';
$CONF['vacation'] = 'YES';
$CONF['vacation_domain'] = 'autoreply.example.org';
$CONF['aliases'] = $CONF['mailboxes'] = $CONF['maxquota'] = $CONF['domain_quota_default'] = '0';
$CONF['default_aliases'] = array('abuse' => 'abuse@partner.example', 'postmaster' => 'root@partner.example');
