// gorilla/websocket under load: /echo answers, every other path broadcasts a prepared message.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync"

	"github.com/gorilla/websocket"
)

var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

func echo(w http.ResponseWriter, r *http.Request) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	for {
		kind, data, err := conn.ReadMessage()
		if err != nil || conn.WriteMessage(kind, data) != nil {
			return
		}
	}
}

// As in the library's chat example: a goroutine that writes and a channel for each subscriber.
type subscriber struct {
	conn  *websocket.Conn
	queue chan *websocket.PreparedMessage
}

var (
	mutex       sync.RWMutex
	subscribers = map[*subscriber]bool{}
)

func (s *subscriber) write() {
	for message := range s.queue {
		if s.conn.WritePreparedMessage(message) != nil {
			return
		}
	}
}

func (s *subscriber) leave() {
	mutex.Lock()
	delete(subscribers, s)
	mutex.Unlock()
	close(s.queue)
	s.conn.Close()
}

func publish(kind int, data []byte) error {
	message, err := websocket.NewPreparedMessage(kind, data)
	if err != nil {
		return err
	}
	mutex.RLock()
	defer mutex.RUnlock()
	for s := range subscribers {
		s.queue <- message
	}
	return nil
}

func fanOut(w http.ResponseWriter, r *http.Request) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	s := &subscriber{conn, make(chan *websocket.PreparedMessage, 64)}
	mutex.Lock()
	subscribers[s] = true
	mutex.Unlock()
	defer s.leave()
	go s.write()
	for {
		kind, data, err := conn.ReadMessage()
		if err != nil || publish(kind, data) != nil {
			return
		}
	}
}

// Answers the lines of the process that started this one; its end is ours.
func listenToStarter() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if lines.Text() == "collect" {
			debug.FreeOSMemory()
			fmt.Println("collected")
		}
	}
	os.Exit(0)
}

func main() {
	cert := flag.String("cert", "", "certificate file")
	key := flag.String("key", "", "key file")
	compression := flag.String("compression", "none", "none, fresh or takeover")
	flag.Parse()
	upgrader.EnableCompression = *compression != "none"

	http.HandleFunc("/echo", echo)
	http.HandleFunc("/", fanOut)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("{\"port\":%d,\"note\":\"\"}\n", listener.Addr().(*net.TCPAddr).Port)
	go listenToStarter()
	if *cert != "" {
		log.Fatal(http.ServeTLS(listener, nil, *cert, *key))
	}
	log.Fatal(http.Serve(listener, nil))
}
