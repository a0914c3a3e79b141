<?php
// Broadcasts as Laravel does, by Pusher's signed HTTP API, with PHP's standard library alone:
// php examples/broadcast.php private-crm.42 deal.updated '{"id":42}'
// The server is SWITCHBOARD_URL (http://127.0.0.1:8080), the application PUSHER_APP_ID, PUSHER_APP_KEY and PUSHER_APP_SECRET.

declare(strict_types=1);

if ($argc !== 4) {
    fwrite(STDERR, "usage: php examples/broadcast.php <channel> <event> <data as JSON>\n");
    exit(2);
}
[, $channel, $event, $data] = $argv;
$application = [];
foreach (['PUSHER_APP_ID', 'PUSHER_APP_KEY', 'PUSHER_APP_SECRET'] as $name) {
    $application[] = getenv($name);
    if (!end($application)) {
        fwrite(STDERR, "$name is not set: id, key and secret are those of the server's SWITCHBOARD_PUSHER_APPS\n");
        exit(2);
    }
}
[$id, $key, $secret] = $application;
$body = json_encode(['name' => $event, 'channel' => $channel, 'data' => $data], JSON_THROW_ON_ERROR);
$path = "/apps/$id/events";
// In the order of their names, as they are signed.
$query = [
    'auth_key' => $key,
    'auth_timestamp' => time(),
    'auth_version' => '1.0',
    'body_md5' => md5($body),
];
$signed = "POST\n$path\n" . urldecode(http_build_query($query));
$query['auth_signature'] = hash_hmac('sha256', $signed, $secret);
$url = rtrim(getenv('SWITCHBOARD_URL') ?: 'http://127.0.0.1:8080', '/');
$context = stream_context_create(['http' => [
    'method' => 'POST',
    'header' => ['Content-Type: application/json'],
    'content' => $body,
    'ignore_errors' => true,
    'timeout' => 10,
]]);
$answer = @file_get_contents("$url$path?" . http_build_query($query), false, $context);
if ($answer === false) {
    fwrite(STDERR, "$url cannot be reached\n");
    exit(1);
}
// The first line of the answer's head: HTTP/1.1 200 OK.
if (explode(' ', $http_response_header[0])[1] !== '200') {
    fwrite(STDERR, trim($answer) . "\n");
    exit(1);
}
echo "$answer\n";
