<?php
// What PostfixAdmin's command line does not offer, by its own classes:
//
//   sql STATEMENT                        rows, columns joined by `|`; booleans as 1 and 0
//   everything                           what its lists and pages show of all objects, less times
//   save-forms                           opens and saves the form of each object; says what it refuses
//   login mailbox|admin USER FILE        whether the password in FILE lets the user in
//   owns ADMIN DOMAIN...                 the domains that an administrator may work on, and whether all of them
//   vacation on|off|state USER           its auto-reply, as the user switches it
//   words                                the actions in the log that its log page cannot name, or `none`
//   whole-service                        the row that its set-up page makes for administrators of everything
//   tables                               columns, keys and references of the tables that it made or found
//   changes < plan.json                  the ids of a plan's changes, with the fields of updates, or `none`
define('POSTFIXADMIN_CLI', 1);
// Its own warnings about missing parameters are no matter of ours; failures are thrown.
error_reporting(E_ALL & ~E_WARNING);
require_once $argv[1] . '/common.php';

function rows(string $sql): array
{
    return db_connect()->query($sql)->fetchAll(PDO::FETCH_NUM);
}

function line(array $row): string
{
    return implode('|', array_map(fn ($v) => is_bool($v) ? (int) $v : ($v ?? 'NULL'), $row));
}

function plain($value): string
{
    return is_array($value) ? implode(',', $value) : trim((string) $value);
}

function show(string $class, string $id): void
{
    $handler = new $class();
    if (!$handler->init($id) || !$handler->view()) {
        echo "$class $id: " . implode(' ', $handler->errormsg) . "\n";
        return;
    }
    $fields = array();
    foreach ($handler->result() as $name => $value) {
        if (!preg_match('/^_|password|token|created|modified|expiry/', $name)) {
            $fields[] = "$name=" . plain($value);
        }
    }
    echo strtolower(substr($class, 0, -7)) . " $id: " . implode(' ', $fields) . "\n";
}

/** Its lists' objects; that of aliases leaves out those of mailboxes. */
function each(callable $act): void
{
    foreach (array('Domain', 'Mailbox', 'Alias', 'Aliasdomain', 'Admin') as $name) {
        $class = $name . 'Handler';
        $list = new $class();
        $list->getList('');
        foreach (array_keys($list->result()) as $id) {
            $act($class, $id);
            if ($name === 'Mailbox') {
                $act('AliasHandler', $id);
            }
        }
    }
}

function everything(): void
{
    each('show');
}

/** As edit.php does when somebody opens a form and presses its button. */
function save(string $class, string $id): void
{
    $page = new $class();
    $page->init($id) && $page->view();
    $values = array();
    foreach ($page->getStruct() as $field => $column) {
        if ($column['editable'] && $column['display_in_form']) {
            $values[$field] = $column['type'] === 'pass' ? '' : $page->result()[$field];
        }
    }
    $form = new $class();
    if (!$form->init($id) || !$form->set($values) || !$form->save()) {
        echo "$class $id: " . implode(' ', $form->errormsg) . "\n";
    }
}

function save_forms(): void
{
    each('save');
}

function vacation(string $verb, string $user): void
{
    $vacation = new VacationHandler($user);
    if ($verb === 'on') {
        $vacation->set_away('Away', "I am away.\nAsk Bob.", 0, '2026-01-01', '2036-12-31');
    } elseif ($verb === 'off') {
        $vacation->remove();
    }
    echo $vacation->check_vacation() ? "on\n" : "off\n";
}

function whole_service(): void
{
    if (!rows("SELECT domain FROM domain WHERE domain = 'ALL'")) {
        db_insert('domain', array('domain' => 'ALL', 'description' => '', 'transport' => ''));
    }
}

function words(): void
{
    $unknown = array();
    foreach (rows('SELECT DISTINCT action FROM log ORDER BY action') as [$action]) {
        if (Config::lang("pViewlog_action_$action") === '') {
            $unknown[] = $action;
        }
    }
    echo implode("\n", $unknown ?: array('none')) . "\n";
}

function tables(): void
{
    $names = array('admin', 'alias', 'alias_domain', 'config', 'domain', 'domain_admins', 'fetchmail', 'log', 'mailbox',
        'quota', 'quota2', 'vacation', 'vacation_notification');
    foreach ($names as $name) {
        if (db_sqlite()) {
            $queries = array("SELECT 'column', name, lower(type), \"notnull\", dflt_value, pk FROM pragma_table_info('$name')",
                "SELECT 'reference', \"from\", \"table\", \"to\", on_delete FROM pragma_foreign_key_list('$name')",
                "SELECT 'unique', group_concat(i.name) FROM pragma_index_list('$name') l, pragma_index_info(l.name) i
                 WHERE l.\"unique\" AND l.origin <> 'pk' GROUP BY l.name");
        } elseif (db_pgsql()) {
            $queries = array("SELECT 'column', column_name, data_type, character_maximum_length, is_nullable, column_default
                              FROM information_schema.columns WHERE table_name = '$name'",
                "SELECT 'constraint', pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = '$name'::regclass",
                "SELECT 'index', regexp_replace(pg_get_indexdef(indexrelid), 'INDEX \\S+ ', '') FROM pg_index
                 WHERE indrelid = '$name'::regclass",
                "SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger
                 WHERE tgrelid = '$name'::regclass AND NOT tgisinternal");
        } else {
            // On MySQL types and defaults differ between PostfixAdmin's own versions; names and keys do not.
            $here = "table_schema = database() AND table_name = '$name'";
            $queries = array("SELECT 'column', column_name FROM information_schema.columns WHERE $here",
                "SELECT 'unique', group_concat(column_name ORDER BY seq_in_index) FROM information_schema.statistics
                 WHERE $here AND non_unique = 0 GROUP BY index_name",
                "SELECT 'reference', constraint_name, referenced_table_name, delete_rule
                 FROM information_schema.referential_constraints
                 WHERE constraint_schema = database() AND table_name = '$name'",
                "SELECT 'engine', engine FROM information_schema.tables WHERE $here");
        }
        $found = array();
        foreach ($queries as $query) {
            foreach (rows($query) as $row) {
                $found[] = "$name " . line($row);
            }
        }
        // The order of columns differs between versions that were upgraded and those that were not.
        sort($found);
        echo implode("\n", $found) . "\n";
    }
}

function changes(): void
{
    $plan = json_decode(stream_get_contents(STDIN), true);
    if (!isset($plan['changes'])) {
        echo "not a plan\n";
        return;
    }
    $found = array();
    foreach ($plan['changes'] as $change) {
        $found[] = $change['id'] . (isset($change['fields']) && $change['verb'] === 'update'
            ? ' ' . implode(',', $change['fields']) : '');
    }
    sort($found);
    echo implode("\n", $found ?: array('none')) . "\n";
}

switch ($argv[2]) {
    case 'sql':
        $statement = db_connect()->query($argv[3]);
        foreach ($statement->columnCount() ? $statement->fetchAll(PDO::FETCH_NUM) : array() as $row) {
            echo line($row) . "\n";
        }
        break;
    case 'login':
        $password = rtrim(file_get_contents($argv[5]), "\n");
        echo (new Login($argv[3]))->login($argv[4], $password) ? "yes\n" : "no\n";
        break;
    case 'owns':
        echo implode(',', list_domains_for_admin($argv[3])) . (check_owner($argv[3], 'elsewhere.example') ? ' all' : '') . "\n";
        break;
    case 'vacation':
        vacation($argv[3], $argv[4]);
        break;
    default:
        call_user_func(str_replace('-', '_', $argv[2]));
}
