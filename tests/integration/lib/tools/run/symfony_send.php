<?php
// SPDX-License-Identifier: ISC
// Symfony's mailer sends, with the exported .env: of Symfony itself, or of Laravel, which
// reads it with phpdotenv and hands the parts to the same mailer.
require_once '/usr/share/php/Symfony/Component/Mailer/autoload.php';
@include_once '/usr/share/php/Symfony/Component/DependencyInjection/autoload.php';
use Symfony\Component\Mailer\Mailer;
use Symfony\Component\Mailer\Transport;
use Symfony\Component\Mailer\Transport\Dsn;
use Symfony\Component\Mailer\Transport\Smtp\EsmtpTransportFactory;
use Symfony\Component\Mime\Email;

function symfony($path)
{
    require_once '/usr/share/php/Symfony/Component/Dotenv/autoload.php';
    $values = (new Symfony\Component\Dotenv\Dotenv())->parse(file_get_contents($path), $path);
    return Transport::fromDsn($values['MAILER_DSN']);
}

// A part of config/local.php, whose values are parameters of Symfony's container: %% is %.
function mautic($path)
{
    $values = eval('return [' . file_get_contents($path) . '];');
    $bag = new Symfony\Component\DependencyInjection\ParameterBag\ParameterBag($values);
    $bag->resolve();
    return Transport::fromDsn($bag->unescapeValue($bag->get('mailer_dsn')));
}

// Illuminate\Support\Env::get: words that are no text, and a pair of quotes that it takes off.
function env_value($text)
{
    $words = ['true' => true, 'false' => false, 'empty' => '', 'null' => null];
    $word = preg_replace('/^\((.*)\)$/', '$1', strtolower($text));
    if (array_key_exists($word, $words)) {
        return $words[$word];
    }
    return preg_match('/\A([\'"])(.*)\1\z/', $text, $parts) ? $parts[2] : $text;
}

// Illuminate\Mail\MailManager::createSmtpTransport.
function laravel($path)
{
    require_once '/usr/share/php/Dotenv/autoload.php';
    $v = array_map('env_value', Dotenv\Dotenv::parse(file_get_contents($path)));
    $secure = ($v['MAIL_SCHEME'] ?? '') === 'smtps' || ($v['MAIL_ENCRYPTION'] ?? '') === 'ssl';
    return (new EsmtpTransportFactory())->create(new Dsn($secure ? 'smtps' : 'smtp',
        $v['MAIL_HOST'], $v['MAIL_USERNAME'], $v['MAIL_PASSWORD'], (int) $v['MAIL_PORT']));
}

$answers = [];
foreach (json_decode(stream_get_contents(STDIN), true) as $case) {
    try {
        $mail = (new Email())->from($case['from'])->to($case['to'])->subject($case['subject']);
        (new Mailer(($argv[1])($case['path'])))->send($mail->text('x'));
        $answers[] = null;
    } catch (Throwable $fault) {
        $answers[] = $fault->getMessage();
    }
}
echo json_encode($answers);
