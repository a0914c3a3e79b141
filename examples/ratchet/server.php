<?php
// The server of server.ts as it was on Ratchet: php examples/ratchet/server.php 8080, beside Composer's vendor/ with cboden/ratchet.

use Ratchet\ConnectionInterface;
use Ratchet\Wamp\WampServerInterface;

require getenv('VENDOR') ?: __DIR__ . '/vendor/autoload.php';

class Rooms implements WampServerInterface
{
    public function onOpen(ConnectionInterface $conn)
    {
        parse_str($conn->httpRequest->getUri()->getQuery(), $query);
        $conn->name = $query['name'] ?? '';
        if ($conn->name === '') {
            $conn->close(1000);
        }
    }

    public function onClose(ConnectionInterface $conn)
    {
        echo "$conn->name left\n";
    }

    public function onError(ConnectionInterface $conn, Exception $e)
    {
        echo "{$e->getMessage()}\n";
        $conn->close(1000);
    }

    public function onSubscribe(ConnectionInterface $conn, $topic)
    {
        echo "$conn->name hears $topic\n";
        if ("$topic" === 'secret') {
            $topic->remove($conn);
        }
    }

    public function onUnSubscribe(ConnectionInterface $conn, $topic)
    {
        echo "$conn->name no longer hears $topic\n";
    }

    public function onPublish(ConnectionInterface $conn, $topic, $event, array $exclude, array $eligible)
    {
        if (is_string($event)) {
            $topic->broadcast(['by' => $conn->name, 'text' => $event], $exclude, $eligible);
        }
    }

    public function onCall(ConnectionInterface $conn, $id, $topic, array $params)
    {
        if ("$topic" === 'sum') {
            $conn->callResult($id, array_sum($params));
        } else {
            $conn->callError($id, 'http://example.com/error#unknown', 'there is no such procedure');
        }
    }
}

$server = new Ratchet\Wamp\WampServer(new Rooms());
Ratchet\Server\IoServer::factory(
    new Ratchet\Http\HttpServer(new Ratchet\WebSocket\WsServer($server)),
    (int) $argv[1],
    '127.0.0.1'
)->run();
