<?php
// Publishes from a back end in PHP, with its standard library alone: php examples/publish.php 42 '{"text":"hello"}'
// The server is SWITCHBOARD_URL (http://127.0.0.1:8080), the API key SWITCHBOARD_API_KEY, if it wants one.

declare(strict_types=1);

/**
 * Sends the data to whoever follows the CRM record.
 *
 * @param string $data JSON text; it travels as it is
 * @return string the server's answer, as JSON text
 * @throws RuntimeException where the server refuses it, or cannot be reached
 */
function publish(string $url, ?string $apiKey, string $crmId, string $data): string
{
    $headers = ['Content-Type: application/json'];
    if ($apiKey !== null) {
        $headers[] = "Authorization: Bearer $apiKey";
    }
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => $headers,
        'content' => '{"crmIds":' . json_encode([$crmId], JSON_THROW_ON_ERROR) . ',"data":' . $data . '}',
        'ignore_errors' => true,
        'timeout' => 10,
    ]]);
    $answer = @file_get_contents(rtrim($url, '/') . '/api/v1/publish', false, $context);
    if ($answer === false) {
        throw new RuntimeException("$url cannot be reached: " . (error_get_last()['message'] ?? 'no answer'));
    }
    // The first line of the answer's head: HTTP/1.1 200 OK.
    $status = explode(' ', $http_response_header[0])[1];
    if ($status !== '200') {
        $error = json_decode($answer, true)['error'] ?? ['code' => "HTTP $status", 'message' => $answer];
        throw new RuntimeException("{$error['code']}: {$error['message']}");
    }
    return $answer;
}

if ($argc !== 3) {
    fwrite(STDERR, "usage: php examples/publish.php <crmId> <JSON>\n");
    exit(2);
}

[, $crmId, $data] = $argv;
try {
    json_decode($data, false, 512, JSON_THROW_ON_ERROR);
    $apiKey = getenv('SWITCHBOARD_API_KEY');
    $url = getenv('SWITCHBOARD_URL') ?: 'http://127.0.0.1:8080';
    echo publish($url, $apiKey === false || $apiKey === '' ? null : $apiKey, $crmId, $data), "\n";
} catch (JsonException $error) {
    fwrite(STDERR, "the data is no JSON: {$error->getMessage()}\n");
    exit(1);
} catch (RuntimeException $error) {
    fwrite(STDERR, "{$error->getMessage()}\n");
    exit(1);
}
