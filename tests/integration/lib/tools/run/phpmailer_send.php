<?php
// SPDX-License-Identifier: ISC
// PHPMailer sends, with the exported PHP of its own or of an application.
// PHP's constants cannot be changed: a process for each that defines them.
require_once '/usr/share/php/libphp-phpmailer/autoload.php';
use PHPMailer\PHPMailer\PHPMailer;

function settle($mail, $host, $port, $secure, $user, $password)
{
    $mail->isSMTP();
    $mail->SMTPAuth = true;
    [$mail->Host, $mail->Port, $mail->SMTPSecure] = [$host, (int) $port, (string) $secure];
    [$mail->Username, $mail->Password] = [$user, $password];
}

function phpmailer($path, $mail)
{
    include $path;
}

function phplist($path, $mail)
{
    $v = part($path);
    settle($mail, PHPMAILERHOST, PHPMAILERPORT, PHPMAILER_SECURE, $v['phpmailer_smtpuser'],
        $v['phpmailer_smtppassword']);
}

// Of wp-config.php and the like it is a part: the variables that it sets.
function part($path)
{
    $text = file_get_contents($path);
    eval(str_starts_with($text, '<?php') ? substr($text, 5) : $text);
    return get_defined_vars();
}

function fluentsmtp($path, $mail)
{
    part($path);
    settle($mail, 'localhost', 587, 'tls', FLUENTMAIL_SMTP_USERNAME, FLUENTMAIL_SMTP_PASSWORD);
}

function roundcube($path, $mail)
{
    $config = part($path)['config'];
    $url = parse_url($config['smtp_host']);
    settle($mail, $url['host'], $url['port'], $url['scheme'], $config['smtp_user'],
        $config['smtp_pass']);
}

// Its values are parameters of Symfony's container.
function mautic4($path, $mail)
{
    $v = eval('return [' . file_get_contents($path) . '];');
    settle($mail, $v['mailer_host'], $v['mailer_port'], $v['mailer_encryption'],
        str_replace('%%', '%', $v['mailer_user']), str_replace('%%', '%', $v['mailer_password']));
}

// A file that returns its settings, and an ini of them.
function settle_array($mail, $v)
{
    settle($mail, $v['host'], $v['port'], $v['tls'] === 'implicit' ? 'ssl' : 'tls',
        $v['username'], $v['password']);
}

function returned($path, $mail)
{
    settle_array($mail, include $path);
}

function ini($path, $mail)
{
    settle_array($mail, parse_ini_file($path, true)['smtp']);
}

function wordpress($path, $mail)
{
    part($path);
    settle($mail, WPMS_SMTP_HOST, WPMS_SMTP_PORT, WPMS_SSL, WPMS_SMTP_USER, WPMS_SMTP_PASS);
}

function nextcloud($path, $mail)
{
    include $path;
    settle($mail, $CONFIG['mail_smtphost'], $CONFIG['mail_smtpport'],
        $CONFIG['mail_smtpsecure'] ?: 'tls', $CONFIG['mail_smtpname'],
        $CONFIG['mail_smtppassword']);
}

function send($how, $case)
{
    ob_start();
    try {
        $mail = new PHPMailer(true);
        $how($case['path'], $mail);
        $mail->setFrom($case['from']);
        $mail->addAddress($case['to']);
        $mail->Subject = $case['subject'];
        $mail->Body = 'x';
        $mail->send();
        $fault = null;
    } catch (Throwable $thrown) {
        $fault = $thrown->getMessage();
    }
    $printed = ob_get_clean();
    return $fault ?? ($printed === '' ? null : "it prints $printed");
}

$cases = json_decode(stream_get_contents(STDIN), true);
if (($argv[2] ?? '') === 'one') {
    echo json_encode(send($argv[1], $cases));
    exit;
}
$answers = [];
foreach ($cases as $case) {
    $pipes = [];
    $child = proc_open([PHP_BINARY, __FILE__, $argv[1], 'one'],
        [['pipe', 'r'], ['pipe', 'w'], STDERR], $pipes);
    fwrite($pipes[0], json_encode($case));
    fclose($pipes[0]);
    $said = stream_get_contents($pipes[1]);
    proc_close($child);
    $answers[] = $said === 'null' ? null : ($said === '' ? 'it died' : $said);
}
echo json_encode($answers);
