using System.IO.Compression;
using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Http;
using Skep.Isa;

namespace Skep.Agent.Web;

/// <summary>
/// Serves the agent's page: the files of <c>web/</c>, which a build compresses and embeds. One that had no npm embeds none.
/// </summary>
internal sealed class PageFiles
{
    private const string Prefix = "web/", Brotli = ".br", Gzip = ".gz", Html = "text/html; charset=utf-8";

    // Nothing comes from elsewhere, nothing runs or is styled from within a document, and nothing is sent elsewhere.
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        + "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly byte[] Absent = Encoding.UTF8.GetBytes(
        "This skep was built without the agent's page: there was no npm (make web makes it, and make build embeds it).\n"
        + "The API is below /api/v1/, and metrics are at /metrics.\n");

    private readonly Dictionary<string, Packed> _files = [];

    /// <summary>Reads what is embedded.</summary>
    public PageFiles()
    {
        Assembly assembly = typeof(PageFiles).Assembly;
        foreach (string name in assembly.GetManifestResourceNames())
        {
            if (!name.StartsWith(Prefix, StringComparison.Ordinal) || !name.EndsWith(Brotli, StringComparison.Ordinal)) continue;
            string file = name[Prefix.Length..^Brotli.Length];
            byte[] brotli = Read(assembly, name), gzip = Read(assembly, Prefix + file + Gzip);
            string tag = $"W/\"{Sha256Digest.Text(brotli)[..16]}\"";
            _files[file == "index.html" ? "/" : "/assets/" + file] = new Packed(TypeOf(file), tag, brotli, gzip);
        }
    }

    /// <summary>Whether a path is the page's.</summary>
    public static bool Has(string path) => path == "/" || path.StartsWith("/assets/", StringComparison.Ordinal);

    /// <summary>Keeps the token of the address in a cookie, and has the browser open the page without it.</summary>
    public static Task SignIn(HttpContext context, AccessToken token)
    {
        context.Response.Cookies.Append(
            AccessToken.CookieOf(context.Request), token.Text,
            new CookieOptions { HttpOnly = true, Secure = context.Request.IsHttps, SameSite = SameSiteMode.Strict, Path = "/" });
        context.Response.Headers.Location = "/";
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        return Task.CompletedTask;
    }

    /// <summary>Tells a person that the page needs the token.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The status of the answer.</param>
    /// <param name="why">What is wrong.</param>
    public static Task Refuse(HttpContext context, int status, string why)
    {
        string text = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>skep agent</title>"
            + "<meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\"></head>"
            + $"<body><main><h1>skep agent</h1><p>Opening the page: {Escape(why)}.</p>"
            + "<p>Open <code>/?token=TOKEN</code>. Each start of the agent makes another token.</p></main></body></html>";
        context.Response.StatusCode = status;
        return Send(context, Html, Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Sends a file of the page.</summary>
    /// <returns>Null when there is none of this path.</returns>
    public Task? Send(HttpContext context, string path)
    {
        HttpResponse response = context.Response;
        if (!_files.TryGetValue(path, out Packed? file))
        {
            if (path != "/" || _files.Count > 0) return null;
            response.StatusCode = StatusCodes.Status404NotFound;
            return Send(context, "text/plain; charset=utf-8", Absent);
        }

        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        // Kept, and asked for each time: another version of the agent has another.
        response.Headers.CacheControl = "no-cache";
        response.Headers.ETag = file.Tag;
        response.Headers.Vary = "Accept-Encoding";
        if (context.Request.Headers.IfNoneMatch.ToString().Contains(file.Tag, StringComparison.Ordinal))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        string accepted = context.Request.Headers.AcceptEncoding.ToString();
        if (Accepts(accepted, "br"))
        {
            response.Headers.ContentEncoding = "br";
            return Send(context, file.Type, file.Brotli);
        }

        if (!Accepts(accepted, "gzip")) return Send(context, file.Type, Unpacked(file.Gzip));
        response.Headers.ContentEncoding = "gzip";
        return Send(context, file.Type, file.Gzip);
    }

    // "br;q=0" refuses it, which no browser does.
    private static bool Accepts(string accepted, string coding) =>
        accepted.Split(',').Any(one => one.Split(';')[0].Trim() == coding && !one.Replace(" ", "", StringComparison.Ordinal)
            .EndsWith(";q=0", StringComparison.Ordinal));

    private static byte[] Unpacked(byte[] gzip)
    {
        using var packed = new GZipStream(new MemoryStream(gzip), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        packed.CopyTo(unpacked);
        return unpacked.ToArray();
    }

    private static byte[] Read(Assembly assembly, string name)
    {
        using Stream stream = assembly.GetManifestResourceStream(name) ?? throw new InvalidDataException($"{name} is not embedded");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static string TypeOf(string file) => Path.GetExtension(file) switch
    {
        ".html" => Html,
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };

    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    private static Task Send(HttpContext context, string type, byte[] body)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, 0, body.Length, context.RequestAborted);
    }

    private sealed record Packed(string Type, string Tag, byte[] Brotli, byte[] Gzip);
}
