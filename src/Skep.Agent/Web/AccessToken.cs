using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Skep.Linux.Files;

namespace Skep.Agent.Web;

/// <summary>What a request by TCP has to know: a file that only root reads, made anew by each agent.</summary>
internal sealed class AccessToken
{
    private readonly byte[] _bytes;

    private AccessToken(string text) => (Text, _bytes) = (text, Encoding.ASCII.GetBytes(text));

    /// <summary>The token.</summary>
    public string Text { get; }

    /// <summary>
    /// The name of the cookie that has it. Browsers send a cookie to all ports of a host, and agents of several machines may be reached
    /// under one host, by ports that are forwarded: each has a name of its own.
    /// </summary>
    public static string CookieOf(HttpRequest request)
    {
        int port = request.Host.Port ?? (request.IsHttps ? 443 : 80);
        return string.Create(CultureInfo.InvariantCulture, $"skep_token_{port}");
    }

    /// <summary>Makes one, and writes it.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static AccessToken Create(string path)
    {
        // 244 random bits of the kernel's generator.
        var token = new AccessToken($"{Guid.NewGuid():n}{Guid.NewGuid():n}");
        PrivateFile.Replace(path, Encoding.ASCII.GetBytes(token.Text + "\n"));
        return token;
    }

    /// <summary>Whether a text is the token. It takes as long for any text of its length.</summary>
    public bool Is(string? text)
    {
        if (text is null || text.Length != _bytes.Length) return false;
        int difference = 0;
        for (int i = 0; i < _bytes.Length; i++) difference |= text[i] ^ _bytes[i];
        return difference == 0;
    }
}
