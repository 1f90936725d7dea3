using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Skep.Output;

namespace Skep.Agent.Web;

/// <summary>Answers: JSON, whole or as an array that is sent while it is made, and refusals.</summary>
internal static class Reply
{
    /// <summary>The type of JSON.</summary>
    public const string JsonType = "application/json; charset=utf-8";

    private const int FlushBytes = 1 << 16;

    /// <summary>Sends an array.</summary>
    public static async Task SendArray<T>(HttpContext context, IEnumerable<T> entries, Action<Utf8JsonWriter, T> write)
    {
        context.Response.ContentType = JsonType;
        var buffer = new MemoryStream();
        using var json = new Utf8JsonWriter(buffer, OutputForm.Json.JsonOptions());
        json.WriteStartArray();
        foreach (T one in entries)
        {
            write(json, one);
            if (buffer.Length + json.BytesPending < FlushBytes) continue;
            await Pass(context, json, buffer);
        }

        json.WriteEndArray();
        await Pass(context, json, buffer);
    }

    /// <summary>Sends a value that is made first.</summary>
    public static Task SendJson(HttpContext context, Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        StreamOutput.WriteJson(buffer, OutputForm.Json, write);
        return Send(context, JsonType, buffer.ToArray());
    }

    /// <summary>Sends what is there.</summary>
    public static Task Send(HttpContext context, string type, byte[] body)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, 0, body.Length, context.RequestAborted);
    }

    /// <summary>There is nothing at this path.</summary>
    public static Task NotFound(HttpContext context) => Refuse(context, StatusCodes.Status404NotFound, "there is nothing here");

    /// <summary>Says why there is no answer.</summary>
    public static Task Refuse(HttpContext context, int status, string why)
    {
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status401Unauthorized) context.Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
        return SendJson(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("error", why);
            json.WriteEndObject();
        });
    }

    private static async Task Pass(HttpContext context, Utf8JsonWriter json, MemoryStream buffer)
    {
        json.Flush();
        await context.Response.Body.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), context.RequestAborted);
        buffer.SetLength(0);
    }
}
