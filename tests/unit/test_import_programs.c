/* SPDX-License-Identifier: ISC */
/*
 * import: what programs and frameworks keep, as we write it and as people have it. What is not
 * written out in a file, or what its readers do not agree on, is told and not taken.
 */
#include "import_trip.h"

#include "base/alloc.h"

static void test_trips(void **state)
{
    static const struct trip trips[] = {
        {"dotenv", "dotenv", 0, NULL, NULL},
        {"compose", "dotenv", 0, NULL, NULL},
        {"mastodon", "dotenv", 0, NULL, NULL},
        {"vaultwarden", "dotenv", 0, NULL, NULL},
        {"symfony", "dotenv", 0, NULL, NULL},
        {"docker-env", "docker-env", 0, NULL, NULL},
        {"systemd-env", "systemd-env", 0, NULL, NULL},
        {"npm-dotenv", "npm-dotenv", 0, NULL, NULL},
        {"python-dotenv", "python-dotenv", 0, NULL, NULL},
        /* MAIL_ENCRYPTION=null is no promise to send in clear. */
        {"laravel", "laravel", TRIP_CLEAR, NULL, NULL},
        {"shell", "shell", 0, NULL, NULL},
        {"wp-mail-smtp", "php", 0, NULL, NULL},
        {"wp-mail-smtp", "php", 0, "<html>'<?php\r\n/* ' */ // '\n# '\n", "?>it's"},
        {"fluentsmtp", "php", TRIP_SERVER, "<?php\n", NULL},
        {"phplist", "php", TRIP_CLEAR, "<?php\n", "\n"},
        /* Its '' is both. */
        {"nextcloud", "php", TRIP_CLEAR, NULL, NULL},
        {"roundcube", "php", TRIP_CLEAR, "<?php\n$config = [];\n", NULL},
        {"phpmailer", "php", 0, NULL, NULL},
        {"mautic", "php", 0, "<?php\n$parameters = array(\n'db_password' => 'x',\n", ");\n"},
        {"mautic4", "php", TRIP_CLEAR, "<?php\n$parameters = array(\n", ");\n"},
        {"django", "python", TRIP_CLEAR, "import os\n\"\"\"it's\n\"\"\"\n", NULL},
        {"flask", "python", TRIP_CLEAR, NULL, NULL},
        {"rails", "ruby", 0, "Rails.application.configure do\n", "end\n"},
        {"gitea", "ini", 0, "; c\n[server]\nPASSWD = x\n", "[oauth2]\nPASSWORD = x\n"},
        {"grafana", "ini", 0, NULL, NULL},
        {"spring", "properties", TRIP_CLEAR, "# c\n", NULL},
        {"alertmanager", "yaml", 0, "# c\n---\n", "route:\n  receiver: 'x'\n"},
        {"authelia", "yaml", 0, NULL, NULL},
        {"redmine", "yaml", 0, NULL, NULL},
        {"discourse", "yaml", 0, NULL, NULL},
        {"synapse", "yaml", 0, NULL, NULL},
        {"yaml", "yaml", 0, NULL, NULL},
        {"ghost", "json-config", 0, NULL, NULL},
        {"gitlab", "ruby", 0, "external_url \"http://a.example\" # it's\n", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(trips); i++)
        trip(&trips[i]);
}

/* ---- files as people have them ---- */

struct want {
    const char *source, *text;
    const char *host, *user, *secret; /* NULL: none */
    unsigned port;
    enum profile_tls tls;
    const char *fault; /* a part of it; NULL: none */
};

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void must_give(const struct want *w)
{
    FOUND_LIST_OWNED struct found_list l = {0};
    must_read(w->source, w->text, &l);
    struct found *f = l.items;
    if (l.count != 1)
        fail_msg("\"%s\": %zu logins", w->text, l.count);
    bool secret = w->secret ? f->secret && secret_len(f->secret) == strlen(w->secret) &&
                                  memcmp(secret_peek(f->secret), w->secret, strlen(w->secret)) == 0
                            : !f->secret;
    bool fault = w->fault ? f->fault && strstr(f->fault, w->fault) : !f->fault;
    if (!same(f->card.host, w->host) || !same(f->card.username, w->user) || !fault ||
        (!w->fault && !secret) || f->card.port != w->port || f->card.tls != w->tls)
        fail_msg("\"%s\": %s %s %s:%u %d, %s secret: %s", w->text,
                 f->card.username ? f->card.username : "-", f->card.from ? f->card.from : "-",
                 f->card.host ? f->card.host : "-", (unsigned)f->card.port, (int)f->card.tls,
                 secret ? "its" : "another", f->fault ? f->fault : "no fault");
}

#define SET "SMTP_HOST=smtp.a.example\nSMTP_PORT=587\nSMTP_USER=ann\n"
#define IT "smtp.a.example", "ann"
#define VIA 587, TLS_STARTTLS

static void test_dotenv(void **state)
{
    static const struct want wants[] = {
        {"dotenv", SET "SMTP_PASSWORD=abcd efgh ijkl mnop", IT, "abcd efgh ijkl mnop", VIA, NULL},
        {"dotenv", SET "export SMTP_PASSWORD = 'a #b' # c", IT, "a #b", VIA, NULL},
        {"dotenv",
         "# c\r\n\r\nSMTP_HOST=smtp.a.example\r\nSMTP_PORT=587\r\nSMTP_USER=ann\r\n"
         "SMTP_PASSWORD=\"x y\"\r\n",
         IT, "x y", VIA, NULL},
        {"dotenv", SET "SMTP_PASSWORD=a!b;c&d|e", IT, "a!b;c&d|e", VIA, NULL},
        {"dotenv", SET "SMTP_PASSWORD=", IT, NULL, VIA, NULL},
        {"dotenv", SET "SMTP_PASSWORD= # none yet", IT, NULL, VIA, NULL},
        {"dotenv", SET "SMTP_PASSWORD=smtpvault://work/password", IT, NULL, VIA, NULL},
        {"dotenv", SET "garbage\nSMTP_PASSWORD=x1\n=y\nKEY='two\nSMTP_PASSWORD=no\nlines'\n", IT,
         "x1", VIA, NULL},
        {"dotenv", SET "SMTP_PASSWORD=x$", IT, "x$", VIA, NULL},
        /* What would have to be looked up, or is seen in two ways. */
        {"dotenv", SET "SMTP_PASSWORD=${OTHER}", IT, NULL, VIA, "would have to be computed"},
        {"dotenv", SET "SMTP_PASSWORD=\"$(cat x)\"", IT, NULL, VIA, "SMTP_PASSWORD in line 4"},
        {"dotenv", SET "SMTP_PASSWORD='${OTHER}'", IT, NULL, VIA, "do not agree"},
        {"dotenv", SET "SMTP_PASSWORD=a#b", IT, NULL, VIA, "do not agree"},
        {"dotenv", SET "SMTP_PASSWORD=ab # c", IT, NULL, VIA, "do not agree"},
        {"dotenv", SET "SMTP_PASSWORD=\"a\\\"b\"", IT, NULL, VIA, "do not agree"},
        {"dotenv", SET "SMTP_PASSWORD='a'\\''b'", IT, NULL, VIA, "do not agree"},
        {"dotenv", SET "SMTP_PASSWORD=`x`", IT, NULL, VIA, "do not agree"},
        {"dotenv", SET "SMTP_PASSWORD=a$USER", IT, NULL, VIA, "do not agree"},
        {"dotenv", SET "SMTP_PASSWORD='half", IT, NULL, VIA, "have no end"},
        {"dotenv", SET "SMTP_PASSWORD=a\nSMTP_PASSWORD=b\n", IT, NULL, VIA,
         "SMTP_PASSWORD in line 4 and SMTP_PASSWORD in line 5 do not agree"},
        {"dotenv", "SMTP_HOST=${H}\nSMTP_USER=ann\nSMTP_PASSWORD=x\n", NULL, "ann", NULL, 0,
         TLS_UNSET, "SMTP_HOST in line 1"},
        /* The same by one that reads it. */
        {"npm-dotenv", SET "SMTP_PASSWORD=a#b", IT, "a", VIA, NULL},
        {"docker-env", SET "SMTP_PASSWORD=a#b ", IT, "a#b ", VIA, NULL},
        {"docker-env", SET "SMTP_PASSWORD='${X}'", IT, "'${X}'", VIA, NULL},
        {"python-dotenv", SET "SMTP_PASSWORD=a#b # c", IT, "a#b", VIA, NULL},
        {"python-dotenv", SET "SMTP_PASSWORD='it\\'s'", IT, "it's", VIA, NULL},
        {"python-dotenv", SET "SMTP_PASSWORD=#a", IT, "#a", VIA, NULL},
        {"python-dotenv", SET "SMTP_PASSWORD='a\\\\' #'", IT, NULL, VIA, "do not agree"},
        {"python-dotenv", SET "SMTP_PASSWORD=a${X}", IT, NULL, VIA, "computed"},
        {"systemd-env", SET "SMTP_PASSWORD=a\\#b # c", IT, "a#b # c", VIA, NULL},
        {"systemd-env", SET "SMTP_PASSWORD=\"a\\\"\\x\"'b' ", IT, "a\"\\xb", VIA, NULL},
        {"systemd-env", SET "SMTP_PASSWORD=ab\\\ncd\n", IT, "abcd", VIA, NULL},
        {"laravel", SET "SMTP_PASSWORD=null", IT, NULL, VIA, NULL},
        {"laravel", SET "SMTP_PASSWORD=\"a\\\"b\\$c\"", IT, "a\"b$c", VIA, NULL},
        {"laravel", SET "SMTP_PASSWORD=\"a\\'b\"", IT, NULL, VIA, "do not agree"},
        {"laravel", SET "SMTP_PASSWORD=\"${X}\"", IT, NULL, VIA, "computed"},
        {"shell", SET "SMTP_PASSWORD='a'\\''b'\"c\\\"\"d; export X", IT, "a'bc\"d", VIA, NULL},
        {"shell", SET "export SMTP_PASSWORD=\"$(smtpvault get work)\"", IT, NULL, VIA, NULL},
        {"shell", SET "SMTP_PASSWORD=$X", IT, NULL, VIA, "computed"},
        {"shell", SET "SMTP_PASSWORD=\"half", IT, NULL, VIA, "no end"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(wants); i++)
        must_give(&wants[i]);
}

static void test_code(void **state)
{
    static const struct want wants[] = {
        {"php",
         "\xEF\xBB\xBF<?php\r\n// define('WPMS_SMTP_PASS', 'no');\r\n/* define('WPMS_SMTP_PASS', "
         "'no'); "
         "*/\r\n# define('WPMS_SMTP_PASS', 'no');\r\n$s = \"define('WPMS_SMTP_PASS', 'no');\";\r\n"
         "$h = <<<END\ndefine('WPMS_SMTP_PASS', 'no');\n  END;\n$n = <<<'X'\n$mail->Password = "
         "'no';\nX;\n"
         "if ( ! defined( 'WPMS_SMTP_PASS' ) ) define( 'WPMS_SMTP_PASS', \"a\\\"\\x62\\$c\\u{e9}\" "
         ");\n"
         "define('WPMS_SMTP_HOST', 'smtp.a.example'); define('WPMS_SMTP_PORT', 587);\n"
         "define('WPMS_SMTP_USER', 'ann');\ndefine('DB_PASSWORD', 'no');",
         IT, "a\"b$c\xC3\xA9", VIA, NULL},
        {"php",
         "<?php $config['smtp_host'] = 'tls://smtp.a.example:587'; $config['smtp_user'] = '%u';"
         " $config['smtp_pass'] = '%p';",
         "smtp.a.example", NULL, NULL, VIA, NULL},
        {"php",
         "<?php $mail = new PHPMailer(true);\n$mail->Host = 'smtp.a.example';\n"
         "$mail->Username = 'ann'; $mail->Port = 465; $mail->Password = 'x1';",
         IT, "x1", 465, TLS_IMPLICIT, NULL},
        {"php",
         "<?php return ['mailers' => ['smtp' => ['transport' => 'smtp', 'host' => "
         "'smtp.a.example', 'username' => 'ann', 'password' => env('MAIL_PASSWORD'), 'port' => "
         "587, "
         "'encryption' => env('MAIL_ENCRYPTION', 'tls')]], 'x' => ['password' => 'no']];",
         IT, NULL, VIA, NULL},
        {"php",
         "<?php $CONFIG = array ('dbpassword' => 'no', 'mail_smtphost' => 'smtp.a.example', "
         "'mail_smtpport' => '587', 'mail_smtpname' => 'ann', 'mail_smtppassword' => 'x1', "
         "'mail_smtpsecure' => 'tls', 'trusted' => array(0 => 'x'));",
         IT, "x1", VIA, NULL},
        /* What is no literal. */
        {"php",
         "<?php define('SMTP_HOST', 'smtp.a.example'); define('SMTP_PORT', 587);\n"
         "define('SMTP_USER', 'ann'); define('SMTP_PASS', 'a' . 'b');",
         IT, NULL, VIA, "SMTP_PASS in line 2 would have to be computed"},
        {"php",
         "<?php $smtp = ['host' => 'smtp.a.example', 'port' => 587, 'user' => 'ann', 'pass' "
         "=> base64_decode('eDE=')];",
         IT, NULL, VIA, "computed"},
        {"php",
         "<?php $smtp = ['host' => 'smtp.a.example', 'port' => 587, 'user' => 'ann', 'pass' "
         "=> \"a$b\"];",
         IT, NULL, VIA, "computed"},
        {"php",
         "<?php $smtp = ['host' => 'smtp.a.example', 'port' => 587, 'user' => 'ann', 'pass' "
         "=> $_ENV['X']];",
         IT, NULL, VIA, NULL},
        {"php",
         "<?php $smtp = ['host' => 'smtp.a.example', 'port' => 587, 'user' => 'ann', 'pass' "
         "=> 'half",
         IT, NULL, VIA, "have no end"},
        {"php",
         "<?php $smtp['host'] = 'smtp.a.example'; $smtp['port'] = 587; $smtp['user'] = 'ann';"
         "$smtp['pass'] = 'a'; $smtp['pass'] = 'b';",
         IT, NULL, VIA, "do not agree"},
        {"python",
         "# EMAIL_HOST_PASSWORD = 'no'\n'''\nEMAIL_HOST_PASSWORD = 'no'\n'''\n"
         "EMAIL_HOST = \"smtp.a.example\"\nEMAIL_PORT = 587\nif x == 'EMAIL_HOST_PASSWORD':\n    "
         "y\n"
         "EMAIL_HOST_USER: str = u'ann'\nEMAIL_HOST_PASSWORD = r'a\\n'  # c\nEMAIL_USE_TLS = True",
         IT, "a\\n", VIA, NULL},
        {"python",
         "EMAIL_HOST = 'smtp.a.example'\nEMAIL_PORT=587\nEMAIL_HOST_USER='ann'\n"
         "EMAIL_HOST_PASSWORD = 'a',\n",
         IT, NULL, VIA, "computed"},
        {"python",
         "EMAIL_HOST, X = 1, 2\nEMAIL_HOST = 'smtp.a.example'\nEMAIL_PORT=587\n"
         "EMAIL_HOST_USER='ann'\nEMAIL_HOST_PASSWORD = os.environ['EMAIL_HOST_PASSWORD']\n",
         IT, NULL, VIA, NULL},
        {"python",
         "app.config['MAIL_SERVER'] = 'smtp.a.example'\napp.config.update(\n"
         "    MAIL_PORT=587,\n    MAIL_USERNAME='ann',\n    "
         "MAIL_PASSWORD='x\\x41\\u00e9\\101\\q',\n)\n",
         IT,
         "xA\xC3\xA9"
         "A\\q",
         VIA, NULL},
        {"python",
         "MAIL = {'HOST': 'smtp.a.example', 'PORT': 587, 'USER': 'ann', 'PASSWORD': "
         "'''x1''', 'OTHER': {'PASSWORD': 'no'}}\n",
         IT, "x1", VIA, NULL},
        {"python",
         "EMAIL_HOST = 'smtp.a.example'\nEMAIL_PORT=587\nEMAIL_HOST_USER='ann'\n"
         "EMAIL_HOST_PASSWORD = ('a'\n 'b')\n",
         IT, NULL, VIA, "computed"},
        {"python",
         "EMAIL_HOST = 'smtp.a.example'\nEMAIL_PORT=587\nEMAIL_HOST_USER='ann'\n"
         "EMAIL = dict(\n host_password='a'\n 'b')\n",
         IT, NULL, VIA, "computed"},
        {"python",
         "EMAIL_HOST = 'smtp.a.example'\nEMAIL_PORT=587\nEMAIL_HOST_USER='ann'\n"
         "EMAIL_HOST_PASSWORD = f'a{b}'\n",
         IT, NULL, VIA, "computed"},
        {"python",
         "EMAIL_HOST = 'smtp.a.example'\nEMAIL_PORT=587\nEMAIL_HOST_USER='ann'\n"
         "EMAIL_HOST_PASSWORD = 'half\nX = 1\n",
         IT, NULL, VIA, "line 4 have no end"},
        {"ruby",
         "=begin\ngitlab_rails['smtp_password'] = 'no'\n=end\nx = <<~EOS\n"
         "gitlab_rails['smtp_password'] = 'no'\nEOS\n# gitlab_rails['smtp_password'] = 'no'\n"
         "y = %q(gitlab_rails['smtp_password'] = 'no')\ngitlab_rails['smtp_address'] = "
         "\"smtp.a.example\"\n"
         "gitlab_rails['smtp_port'] = 587; gitlab_rails['smtp_user_name'] = 'ann'\n"
         "gitlab_rails['smtp_password'] = \"a;\\#b\\u00e9\" # it's\n"
         "gitlab_rails['incoming_email_password'] = 'no'\n__END__\n"
         "gitlab_rails['smtp_password'] = 'no'\n",
         IT, "a;#b\xC3\xA9", VIA, NULL},
        {"ruby",
         "ActionMailer::Base.smtp_settings = {\n  :address => 'smtp.a.example',\n"
         "  :port => 587,\n  :user_name => 'ann',\n  :password => ENV['X'],\n"
         "  :authentication => :login\n}\n",
         IT, NULL, VIA, NULL},
        {"ruby",
         "config.action_mailer.smtp_settings = {address: 'smtp.a.example', port: 587, "
         "user_name: 'ann', password: \"#{x}\"}\n",
         IT, NULL, VIA, "computed"},
        {"ruby",
         "config.action_mailer.smtp_settings = {address: 'smtp.a.example', port: 587, "
         "user_name: 'ann', password: 'a' + 'b'}\n",
         IT, NULL, VIA, "computed"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(wants); i++)
        must_give(&wants[i]);
}

#define YAML_SET "smtp:\n  host: smtp.a.example\n  port: 587 # c\n  username: ann\n"
#define INI_SET "[mailer]\nSMTP_ADDR = smtp.a.example\nSMTP_PORT = 587\nUSER=ann\n"
#define JAVA_SET \
    "spring.mail.host = smtp.a.example\nspring.mail.port:587\nspring.mail.username ann\n"

static void test_config(void **state)
{
    static const struct want wants[] = {
        {"ini", "; c\r\n" INI_SET "PASSWD = x1\r\n", IT, "x1", VIA, NULL},
        {"ini", INI_SET "PASSWD = `a`b#;`", IT, "a`b#;", VIA, NULL},
        {"ini", INI_SET "PASSWD = \"\"\"a\"b\"\"\"", IT, "a\"b", VIA, NULL},
        {"ini", INI_SET "PASSWD = \"a b\"\n[other]\nPASSWD = no", IT, "a b", VIA, NULL},
        {"ini", INI_SET "PASSWD = a#b", IT, NULL, VIA, "between backticks"},
        {"ini", INI_SET "PASSWD = ab\\\nX = y", IT, NULL, VIA, "do not agree"},
        {"ini", INI_SET "PASSWD = `half\n", IT, NULL, VIA, "no end"},
        {"ini", INI_SET "PASSWD = %(X)s", IT, NULL, VIA, "computed"},
        {"ini", INI_SET "PASSWD = ${X}", IT, "${X}", VIA, NULL},
        {"ini", "[smtp]\nhost = smtp.a.example:587\nuser = ann\npassword = $__file{/x}", IT, NULL,
         VIA, NULL},
        {"ini", "[smtp]\nhost = smtp.a.example:587\nuser = ann\n;password = no\npassword = a${X}",
         IT, NULL, VIA, "computed"},
        {"properties", "# c\n" JAVA_SET "spring.mail.password=a\\u00e9\\:\\\n   b", IT,
         "a\xC3\xA9:b", VIA, NULL},
        {"properties", JAVA_SET "spring.mail.password=${MAIL_PASSWORD}", IT, NULL, VIA, NULL},
        {"properties", JAVA_SET "spring.mail.password=${MAIL_PASSWORD:x}", IT, NULL, VIA,
         "computed"},
        {"properties", JAVA_SET "spring.mail.password=a\\u00", IT, NULL, VIA, "do not agree"},
        {"yaml",
         "a: b\r\n"
         "smtp:\r\n    host: smtp.a.example\r\n    port: 587\r\n    user: ann\r\n"
         "    pass: 'it''s' # c\r\n",
         IT, "it's", VIA, NULL},
        {"yaml", YAML_SET "  password: a#b $x\nother:\n  password: no\n", IT, "a#b $x", VIA, NULL},
        {"yaml", YAML_SET "  'password': \"a\\x41\\u00e9\\\"\"", IT, "aA\xC3\xA9\"", VIA, NULL},
        {"yaml", YAML_SET "  password: ~\n", IT, NULL, VIA, NULL},
        {"yaml", YAML_SET "  password:\n", IT, NULL, VIA, NULL},
        {"yaml", YAML_SET "  text: |\n    password: no\n\n    x\n  password: x1\n", IT, "x1", VIA,
         NULL},
        {"yaml", YAML_SET "  password: |\n    x1\n", IT, NULL, VIA, "on one line"},
        {"yaml", YAML_SET "  password: a\n    b\n", IT, NULL, VIA, "do not agree"},
        {"yaml", YAML_SET "  password: *x\n", IT, NULL, VIA, "computed"},
        {"yaml", YAML_SET "  password: !x y\n", IT, NULL, VIA, "computed"},
        {"yaml", YAML_SET "  password: \"half\n", IT, NULL, VIA, "no end"},
        {"yaml", YAML_SET "  password: 'a'b\n", IT, NULL, VIA, "do not agree"},
        {"yaml", YAML_SET "list:\n  - password: no\n    x: y\n  - z\n", IT, NULL, VIA, NULL},
        {"yaml",
         "services:\n  web:\n    environment:\n      SMTP_HOST: smtp.a.example\n      SMTP_USER: "
         "ann\n      SMTP_PORT: \"587\"\n      SMTP_PASSWORD: a$$b\n",
         IT, NULL, VIA, "do not agree"},
        {"yaml",
         "services:\n  web:\n    environment:\n      SMTP_HOST: smtp.a.example\n      SMTP_USER: "
         "ann\n      SMTP_PORT: \"587\"\n      SMTP_PASSWORD: ${P}\n",
         IT, NULL, VIA, NULL},
        {"yaml",
         "production:\n  email_delivery:\n    smtp_settings:\n      address: smtp.a.example\n"
         "      port: 587\n      user_name: ann\n      password: <%= ENV['X'] %>\n",
         IT, NULL, VIA, "computed"},
        {"json-config",
         "{\"database\": {\"password\": \"no\"}, \"mail\": {\"options\": {\"host\": "
         "\"smtp.a.example\",\n \"port\": 587, \"auth\": {\"user\": \"ann\", \"pass\": "
         "\"a\\ud83d\\ude00\\/\"}}}}",
         IT, "a\xF0\x9F\x98\x80/", VIA, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(wants); i++)
        must_give(&wants[i]);
    must_refuse("json-config", "{\"mail\": {\"options\"", "line 1");
}

/* What programs call the parts. */
static void test_names(void **state)
{
    static const struct want wants[] = {
        {"dotenv",
         "MAIL_SERVER=smtp.a.example\nMAIL_USERNAME=ann\nMAIL_PASSWORD=x1\n"
         "MAIL_USE_SSL=True\n",
         IT, "x1", 465, TLS_IMPLICIT, NULL},
        {"dotenv",
         "EMAIL_HOST=smtp.a.example\nEMAIL_HOST_USER=ann\nEMAIL_HOST_PASSWORD=x1\n"
         "EMAIL_USE_TLS=True\nEMAIL_PORT=2587\n",
         IT, "x1", 2587, TLS_STARTTLS, NULL},
        {"dotenv",
         "DISCOURSE_SMTP_ADDRESS=smtp.a.example\nDISCOURSE_SMTP_USER_NAME=ann\n"
         "DISCOURSE_SMTP_PASSWORD=x1\nDISCOURSE_SMTP_PORT=587\n",
         IT, "x1", VIA, NULL},
        {"dotenv",
         "GF_SMTP_HOST=smtp.a.example:2465\nGF_SMTP_USER=ann\nGF_SMTP_PASSWORD=x1\n"
         "GF_SMTP_STARTTLS_POLICY=NoStartTLS\n",
         IT, "x1", 2465, TLS_NONE, NULL},
        {"dotenv",
         "GITEA__mailer__SMTP_ADDR=smtp.a.example\nGITEA__mailer__USER=ann\n"
         "GITEA__mailer__PASSWD=x1\nGITEA__mailer__PROTOCOL=smtps\n",
         IT, "x1", 465, TLS_IMPLICIT, NULL},
        {"dotenv",
         "AUTHELIA_NOTIFIER_SMTP_ADDRESS=submissions://smtp.a.example:465\n"
         "AUTHELIA_NOTIFIER_SMTP_USERNAME=ann\nAUTHELIA_NOTIFIER_SMTP_PASSWORD=x1\n",
         IT, "x1", 465, TLS_IMPLICIT, NULL},
        {"dotenv",
         "WPMS_SMTP_HOST=smtp.a.example\nWPMS_SMTP_USER=ann\nWPMS_SMTP_PASS=x1\n"
         "WPMS_SSL=tls\nWPMS_SMTP_PORT=2525\n",
         IT, "x1", 2525, TLS_STARTTLS, NULL},
        {"dotenv",
         "mail__options__host=smtp.a.example\nmail__options__auth__user=ann\n"
         "mail__options__auth__pass=x1\nmail__options__secure=true\n"
         "mail__options__port=2465\n",
         IT, "x1", 2465, TLS_IMPLICIT, NULL},
        {"dotenv", "EMAIL_SERVER=smtp://ann:x1@smtp.a.example:587\n", IT, "x1", VIA, NULL},
        {"dotenv", "EMAIL_URL=smtp+ssl://ann:x%40@smtp.a.example:2465", IT, "x@", 2465,
         TLS_IMPLICIT, NULL},
        {"dotenv", "SMTP_URL='smtps://ann:x1@smtp.a.example:587'", IT, "x1", VIA, NULL},
        {"dotenv",
         "MAILER_DSN=smtp://smtp.a.example:2525?auto_tls=false\nMAILER_USER=ann\n"
         "MAILER_PASSWORD=x1",
         IT, "x1", 2525, TLS_NONE, NULL},
        /* What is beside it is of it, where there is but one. */
        {"dotenv",
         "SMTP_NAME=ann\nSMTP_PASSWORD=x1\nMAIL_HOST=smtp.a.example\nMAIL_PORT=587\n"
         "IMAP_MAIL_PASSWORD=no\nincoming_email_password=no\n",
         IT, "x1", VIA, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(wants); i++)
        must_give(&wants[i]);
}

static void test_providers(void **state)
{
    static const struct {
        const char *dsn, *host, *user, *secret;
    } rows[] = {
        {"ses+smtp://AKIAX:s%2Fx@default?region=us-east-2", "email-smtp.us-east-2.amazonaws.com",
         "AKIAX", "s/x"},
        {"ses+smtp://AKIAX:sx@default", "email-smtp.eu-west-1.amazonaws.com", "AKIAX", "sx"},
        {"sendgrid+smtp://SG.x@default", "smtp.sendgrid.net", "apikey", "SG.x"},
        {"gmail+smtp://a%40gmail.com:abcd@default", "smtp.gmail.com", "a@gmail.com", "abcd"},
        {"postmark+smtp://id-1@default", "smtp.postmarkapp.com", NULL, "id-1"},
        {"resend+smtp://resend:re_x@default", "smtp.resend.com", "resend", "re_x"},
        {"scaleway+smtp://proj:key@default", "smtp.tem.scw.cloud", "proj", "key"},
        {"mailjet+smtp://acc:sec@default", "in-v3.mailjet.com", "acc", "sec"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        FOUND_LIST_OWNED struct found_list l = {0};
        char text[256];
        (void)snprintf(text, sizeof text, "MAILER_DSN=%s\n", rows[i].dsn);
        must_read("dotenv", text, &l);
        assert_int_equal(l.count, 1);
        assert_null(l.items->fault);
        assert_string_equal(l.items->card.host, rows[i].host);
        if (rows[i].user)
            assert_string_equal(l.items->card.username, rows[i].user);
        assert_secret(l.items->secret, rows[i].secret);
        assert_int_equal(l.items->at, 11);
        assert_int_equal(l.items->len, strlen(rows[i].dsn));
        assert_string_equal(l.items->place, "url");
    }
    static const char *const none[] = {"MAILER_DSN=null://null\n",
                                       "MAIL_URL=https://a.example/\n",
                                       "MAILER_DSN=sendmail://default\n",
                                       "MAIL_FROM=a@b.example\n",
                                       "SMTP_TLS=true\n",
                                       "PASSWORD=x\nHOST=y\n"};
    for (size_t i = 0; i < COUNT(none); i++) {
        FOUND_LIST_OWNED struct found_list l = {0};
        must_read("dotenv", none[i], &l);
        assert_int_equal(l.count, 0);
    }
    must_give(&(struct want){"dotenv", "MAILER_DSN=sendgrid+api://SG.x@default", NULL, NULL, NULL,
                             0, TLS_UNSET, "another way than SMTP"});
    must_give(&(struct want){"dotenv", "MAILER_DSN=nobody+smtp://x@default", NULL, NULL, NULL, 0,
                             TLS_UNSET, "is not known"});
}

/* Two sets are two logins; each tells where its secret stands. */
static void test_sets(void **state)
{
    FOUND_LIST_OWNED struct found_list l = {0};
    static const char text[] = "\xEF\xBB\xBFSMTP_SERVER=a.example\nSMTP_LOGIN=ann\n"
                               "SMTP_PASSWORD='one 1'\nBULK_SMTP_SERVER=b.example\n"
                               "export BULK_SMTP_PASSWORD=\"two\" # c\nBULK_SMTP_LOGIN=bob\n"
                               "SMTP_FROM_ADDRESS='Ann <ann@a.example>'";
    (void)state;
    must_read("dotenv", text, &l);
    assert_int_equal(l.count, 2);
    assert_string_equal(l.items[0].card.from, "ann@a.example");
    assert_string_equal(l.items[0].card.username, "ann");
    assert_secret(l.items[0].secret, "one 1");
    assert_int_equal(l.items[0].line, 3);
    assert_int_equal(l.items[0].len, 7);
    assert_memory_equal(text + l.items[0].at, "'one 1'", 7);
    assert_string_equal(l.items[1].card.host, "b.example");
    assert_string_equal(l.items[1].card.username, "bob");
    assert_null(l.items[1].card.from);
    assert_secret(l.items[1].secret, "two");
    assert_int_equal(l.items[1].len, 5);
    assert_memory_equal(text + l.items[1].at, "\"two\"", 5);
}

/* Twice the same: it is taken, but its place is not told, since there is another. */
static void test_repeated(void **state)
{
    FOUND_LIST_OWNED struct found_list l = {0};
    (void)state;
    must_read("dotenv", SET "SMTP_PASSWORD=x1\nSMTP_PASS='x1'\n", &l);
    assert_int_equal(l.count, 1);
    assert_null(l.items->fault);
    assert_secret(l.items->secret, "x1");
    assert_int_equal(l.items->len, 0);
}

static void test_hooks(void **state)
{
    static const struct import_ask ask = {"work", "smtpvault get 'work'",
                                          "smtpvault://work/password"};
    static const struct {
        const char *source, *text;
    } rows[] = {{"dotenv", "smtpvault://work/password"},
                {"systemd-env", "smtpvault://work/password"},
                {"shell", "\"$(smtpvault get 'work')\""}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        BLOB_OWNED struct blob out = {0};
        struct found f = {.line = 1};
        assert_int_equal(import_source_find(rows[i].source)->hook(&out, &f, &ask, NULL), SV_OK);
        assert_int_equal(out.len, strlen(rows[i].text));
        assert_memory_equal(out.bytes, rows[i].text, out.len);
        f.place = (char *)"url";
        assert_int_equal(import_source_find(rows[i].source)->hook(&out, &f, &ask, NULL), SV_DATA);
    }
}

/* What is decoded in place moves no line. */
static void test_lines(void **state)
{
    static const struct {
        const char *source, *text;
    } rows[] = {
        {"npm-dotenv", "A=\"a\\nb\\nc\"\nB='\n'\n\nSMTP_PASSWORD=\"x\\n\"\nC=d\n"},
        {"systemd-env", "A=\"a\\\nb\"\nB=a\\\nb\nSMTP_PASSWORD='x'\n"},
        {"shell", "A=\"a\\\nb\"\nB=a\\\nb\nSMTP_PASSWORD='x'\n"},
        {"php", "<?php $a = \"\\n\\n\"; $b = '\n'; $c = <<<X\n\nX;\ndefine('SMTP_PASS', 'x');"},
        {"python", "a = '\\n\\n'\nb = \"\"\"\n\n\"\"\"\nSMTP_PASSWORD = 'x'"},
        {"ruby", "a = \"\\n\"\nb = <<~X\n\nX\nsmtp_password = 'x'"},
        {"properties", "a=\\n\nb=c\\\nd\n\nsmtp.password=x"},
        {"yaml", "smtp:\n  a: \"\\n\"\n  b: |\n    x\n  password: x"},
        {"ini", "[a]\nb=c\n\n[smtp]\npassword=x"},
        {"json-config", "{\"a\": \"\\n\",\n\"smtp\":\n\n{\n\"password\": \"x\"}}"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        FOUND_LIST_OWNED struct found_list l = {0};
        must_read(rows[i].source, rows[i].text, &l);
        assert_int_equal(l.count, 1);
        if (l.items->line != 5)
            fail_msg("%s: line %u", rows[i].source, l.items->line);
    }
}

/* Linear, whatever quotes are left open. */
static void test_long(void **state)
{
    (void)state;
    static const char *const lines[] = {"A='\n",  "A=\"\n", "A=`\n",    "A=\"\\\n",
                                        "A=$(\n", "A=#'\n", "A=\"`$(\n"};
    static const char *const sources[] = {
        "dotenv", "docker-env", "systemd-env", "npm-dotenv", "python-dotenv", "laravel", "shell"};
    for (size_t i = 0; i < COUNT(lines); i++) {
        char *text = repeated(SET "SMTP_PASSWORD=x1\n", lines[i], 20000, "B=x");
        for (size_t k = 0; k < COUNT(sources); k++) {
            FOUND_LIST_OWNED struct found_list l = {0};
            must_read(sources[k], text, &l);
            assert_int_equal(l.count, 1);
            assert_secret(l.items->secret, "x1");
        }
        free(text);
    }
    FOUND_LIST_OWNED struct found_list l = {0};
    struct sv_err err = {""};
    char *many = malloc(300 * 32);
    size_t n = 0;
    for (int i = 0; i < 300; i++)
        n += (size_t)snprintf(many + n, 32, "A%d_SMTP_PASSWORD=x\n", i);
    assert_int_equal(read_bytes("dotenv", many, n, &l, &err), SV_DATA);
    assert_non_null(strstr(err.text, "more than 256 logins"));
    free(many);
}

/* The same of code, with brackets and comments. */
static void test_long_code(void **state)
{
    static const char *const lines[] = {"'\n",        "\"\n",        "\\'\n",       "#\\\n'\n",
                                        "a = <<<A\n", "/*\n",        "[{(\n",       "%q(\n",
                                        "'''\n",      "a['b'] =>\n", "<<~EOS\n",    "?> <?\n",
                                        "f\"{\n",     "]})\n",       "x.y.z = {\n", "smtp = '"};
    static const char *const sources[][2] = {
        {"php", "<?php $smtp = ['host' => 'h.example', 'password' => 'x1'];\n"},
        {"python", "SMTP = {'host': 'h.example', 'password': 'x1'}\n"},
        {"ruby", "smtp = {host: 'h.example', password: 'x1'}\n"},
        {"ini", "[smtp]\nhost = h.example\npassword = x1\n"},
        {"properties", "smtp.host=h.example\nsmtp.password=x1\n"},
        {"yaml", "smtp:\n  host: h.example\n  password: x1\n"}};
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        for (size_t k = 0; k < COUNT(sources); k++) {
            FOUND_LIST_OWNED struct found_list l = {0};
            char *text = repeated(sources[k][1], lines[i], 20000, "x");
            must_read(sources[k][0], text, &l);
            assert_int_equal(l.count, 1);
            assert_secret(l.items->secret, "x1");
            free(text);
        }
    }
}

static const char *guess(const char *path, const char *text)
{
    const struct import_source *s = import_guess(path, text, strlen(text), NULL);
    return s ? s->name : "";
}

static void test_guesses(void **state)
{
    (void)state;
    assert_string_equal(guess("/srv/.env", "A=1"), "dotenv");
    assert_string_equal(guess("/srv/.env.production", "SMTP_SERVER=x"), "dotenv");
    assert_string_equal(guess("smtp.env", ""), "dotenv");
    assert_string_equal(guess(".env", "APP_NAME=x\nAPP_KEY=base64:x\n"), "laravel");
    assert_string_equal(guess(".envrc", "export A=1\n"), "shell");
    assert_string_equal(guess("/etc/default/x", "# c\n\nA=1\nSMTP_HOST=x\n"), "dotenv");
    assert_string_equal(guess("login.sh", "SMTP_PASSWORD='x'\n"), "shell");
    assert_string_equal(guess("/var/www/wp-config.php", "<?php"), "php");
    assert_string_equal(guess("config/mail.php", "<?php"), "php");
    assert_string_equal(guess("index.php", "<?php"), "");
    assert_string_equal(guess("app/local_settings.py", ""), "python");
    assert_string_equal(guess("/etc/gitlab/gitlab.rb", ""), "ruby");
    assert_string_equal(guess("environments/production.rb", ""), "ruby");
    assert_string_equal(guess("/etc/grafana/grafana.ini", ""), "ini");
    assert_string_equal(guess("/etc/prometheus/alertmanager.yml", ""), "yaml");
    assert_string_equal(guess("application.properties", ""), "properties");
    assert_string_equal(guess("config.production.json", "{}"), "json-config");
    assert_string_equal(guess("x", "#!/bin/sh\nSMTP_HOST=x\n"), "");
    assert_string_equal(guess("x", "A=1\nB=2\n"), "");
    assert_string_equal(guess("x", "SMTP_HOST = x\n"), "");
}

static void test_no_memory(void **state)
{
    static const char text[] = SET "SMTP_PASSWORD=a\nSMTP_PASSWORD=b\nEMAIL_URL="
                                   "smtp://u:p@h.example:587\nA_MAIL_PASSWORD=x\n"
                                   "B_MAIL_PASSWORD=x\nC_MAIL_PASSWORD=${x}\n";
    (void)state;
    for (unsigned long nth = 1;; nth++) {
        FOUND_LIST_OWNED struct found_list l = {0};
        struct sv_err err = {""};
        SECRET_OWNED struct secret *s = NULL;
        sv_alloc_fail_at(nth);
        enum sv_status st = secret_copy(&s, text, strlen(text), &err);
        if (st == SV_OK)
            st = import_read(import_source_find("dotenv"), "x", s, &l, &err);
        int failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_true(st == SV_OK ? l.count == 5 : err.text[0] != '\0');
        if (!failed)
            break;
    }
    static const char code[] = "<?php $smtp = ['host' => 'h.example', 'dsn' => 'smtp://u:p@h', "
                               "'password' => 'x' . 'y'];";
    for (unsigned long nth = 1;; nth++) {
        FOUND_LIST_OWNED struct found_list l = {0};
        struct sv_err err = {""};
        SECRET_OWNED struct secret *s = NULL;
        sv_alloc_fail_at(nth);
        enum sv_status st = secret_copy(&s, code, strlen(code), &err);
        if (st == SV_OK)
            st = import_read(import_source_find("php"), "x", s, &l, &err);
        int failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_true(st == SV_OK ? l.count == 1 && l.items->fault : err.text[0] != '\0');
        if (!failed)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trips),     cmocka_unit_test(test_dotenv),
        cmocka_unit_test(test_code),      cmocka_unit_test(test_config),
        cmocka_unit_test(test_lines),     cmocka_unit_test(test_names),
        cmocka_unit_test(test_providers), cmocka_unit_test(test_sets),
        cmocka_unit_test(test_repeated),  cmocka_unit_test(test_hooks),
        cmocka_unit_test(test_long),      cmocka_unit_test(test_long_code),
        cmocka_unit_test(test_guesses),   cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("import_programs", tests, NULL, no_secret_left);
}
