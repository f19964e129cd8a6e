// gorilla/websocket as an echo server ("server") or as a client of one ("client URL"). What it saw is one line of JSON.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

func main() {
	if len(os.Args) > 2 && os.Args[1] == "client" {
		client(os.Args[2])
		return
	}
	server()
}

func server() {
	upgrader := websocket.Upgrader{Subprotocols: []string{"echo"}, EnableCompression: true}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		for {
			kind, data, err := conn.ReadMessage()
			if err != nil {
				return
			}
			if string(data) == "close me" {
				message := websocket.FormatCloseMessage(4321, "as you wish")
				conn.WriteControl(websocket.CloseMessage, message, time.Now().Add(5*time.Second))
				continue
			}
			if conn.WriteMessage(kind, data) != nil {
				return
			}
		}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("port %d\n", listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, nil))
}

type report struct {
	Subprotocol string   `json:"subprotocol"`
	Extensions  string   `json:"extensions"`
	Echoed      []bool   `json:"echoed"`
	Ponged      string   `json:"ponged"`
	Closed      []string `json:"closed"`
}

func client(url string) {
	dialer := websocket.Dialer{Subprotocols: []string{"other", "echo"}, EnableCompression: true}
	conn, response, err := dialer.Dial(url, nil)
	if err != nil {
		log.Fatal(err)
	}
	seen := report{Subprotocol: conn.Subprotocol(), Extensions: response.Header.Get("Sec-Websocket-Extensions")}
	conn.SetPongHandler(func(data string) error {
		seen.Ponged = data
		return nil
	})
	check(conn.WriteControl(websocket.PingMessage, []byte("alive"), time.Now().Add(5*time.Second)))
	for _, text := range []string{"", "né😀", strings.Repeat("x", 300_000)} {
		seen.Echoed = append(seen.Echoed, echoes(conn, websocket.TextMessage, []byte(text)))
	}
	for _, data := range [][]byte{{}, {0, 255}, bytes.Repeat([]byte("y"), 300_000)} {
		seen.Echoed = append(seen.Echoed, echoes(conn, websocket.BinaryMessage, data))
	}
	check(conn.WriteMessage(websocket.TextMessage, []byte("close me")))
	_, _, err = conn.ReadMessage()
	if closed, ok := err.(*websocket.CloseError); ok {
		seen.Closed = []string{fmt.Sprint(closed.Code), closed.Text}
	}
	check(json.NewEncoder(os.Stdout).Encode(seen))
}

func echoes(conn *websocket.Conn, kind int, data []byte) bool {
	check(conn.WriteMessage(kind, data))
	back, received, err := conn.ReadMessage()
	check(err)
	return back == kind && bytes.Equal(received, data)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
