using System.Text;
using System.Text.Json;

namespace Skep.Output;

/// <summary>Text and JSON on a stream, which stays open.</summary>
public static class StreamOutput
{
    public const int BufferBytes = 1 << 16;

    /// <summary>A writer of UTF-8 without a byte order mark.</summary>
    public static StreamWriter Text(Stream stream) =>
        new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), BufferBytes, leaveOpen: true);

    /// <summary>Writes one JSON value and the end of its line.</summary>
    public static void WriteJson(Stream stream, OutputForm form, Action<Utf8JsonWriter> write)
    {
        using (var json = new Utf8JsonWriter(stream, form.JsonOptions()))
        {
            try
            {
                write(json);
            }
            catch
            {
                // No output at all is better than half a value.
                if (json.BytesCommitted == 0) json.Reset();
                throw;
            }
        }

        stream.Write("\n"u8);
    }

    /// <summary>Hands on what a long array has so far, so that its memory does not grow with its length.</summary>
    public static void FlushWhenFull(Utf8JsonWriter json)
    {
        if (json.BytesPending >= BufferBytes) json.Flush();
    }
}
