using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Skep.Debug.Dap.Wire;

/// <summary>Writes responses and events.</summary>
internal sealed class MessageWriter(Stream output)
{
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private long _sequence;

    /// <summary>Answers a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="body">Writes the members of the body; null for none.</param>
    public void Respond(Request request, Action<Utf8JsonWriter>? body = null) => Send(json =>
    {
        Begin(json, request.Seq, request.Command, success: true);
        if (body is null) return;
        json.WriteStartObject("body");
        body(json);
        json.WriteEndObject();
    });

    /// <summary>Refuses a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="message">Why.</param>
    public void Refuse(Request request, string message) => Send(json =>
    {
        Begin(json, request.Seq, request.Command, success: false);
        json.WriteString("message", message);
        json.WriteStartObject("body");
        json.WriteStartObject("error");
        json.WriteNumber("id", 1);
        json.WriteString("format", message);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    /// <summary>Sends an event.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="body">Writes the members of the body; null for none.</param>
    public void Event(string name, Action<Utf8JsonWriter>? body = null) => Send(json =>
    {
        json.WriteString("type", "event");
        json.WriteString("event", name);
        if (body is null) return;
        json.WriteStartObject("body");
        body(json);
        json.WriteEndObject();
    });

    /// <summary>Sends a line for the console of the client.</summary>
    /// <param name="category"><c>console</c> for what the debugger says, <c>stdout</c> for what the program sends.</param>
    /// <param name="line">The line.</param>
    public void Output(string category, string line) => Event("output", json =>
    {
        json.WriteString("category", category);
        json.WriteString("output", line + "\n");
    });

    private static void Begin(Utf8JsonWriter json, long? request, string? command, bool success)
    {
        json.WriteString("type", "response");
        json.WriteNumber("request_seq", request ?? 0);
        json.WriteBoolean("success", success);
        json.WriteString("command", command ?? "");
    }

    // What is not complete is not sent.
    private void Send(Action<Utf8JsonWriter> members)
    {
        _buffer.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("seq", _sequence + 1);
            members(json);
            json.WriteEndObject();
        }

        _sequence++;
        output.Write(Encoding.ASCII.GetBytes($"Content-Length: {_buffer.WrittenCount}\r\n\r\n"));
        output.Write(_buffer.WrittenSpan);
        output.Flush();
    }
}
