using System.Globalization;
using Skep.Agent.Alerts.Rules;
using Skep.Agent.Export.Outgoing;
using Skep.Linux.Files;

namespace Skep.Agent.Alerts.Send;

/// <summary>Posts alerts to a server. With a key the body is signed as GitHub signs its webhooks.</summary>
/// <param name="target">The server.</param>
internal sealed class WebhookSender(WebhookTarget target) : IAlertSender
{
    private const int MostKeyBytes = 4096, RequestTimeout = 408, TooManyRequests = 429, ServerErrors = 500;
    private static readonly TimeSpan MayTake = TimeSpan.FromSeconds(10);

    private readonly OutgoingPost _post = new(target.Address, MayTake, target.Issuers, headers: [("User-Agent", "skep")]);

    /// <inheritdoc/>
    public string Name => target.Name;

    /// <inheritdoc/>
    public SendResult Send(byte[] json, CancellationToken end)
    {
        (string, string)[] signature = [];
        if (target.SecretFile is { } file)
        {
            try
            {
                // Read anew for each: it may be replaced while the agent runs.
                byte[] key = PrivateFile.ReadSecret(file, MostKeyBytes) ?? throw new IOException($"reading {file}: there is no such file");
                signature = [("X-Skep-Signature-256", "sha256=" + HmacSha256.Text(key.AsSpan().TrimEnd(" \t\r\n"u8), json))];
            }
            catch (Exception e) when (e is IOException or InvalidDataException)
            {
                return new(e.Message, IsWorthRetry: false);
            }
        }

        PostAnswer answer = _post.Send(json, "application/json", end, signature).GetAwaiter().GetResult();
        if (answer.Status is not { } status) return new($"{target.Address.Host}: {answer.Error}", IsWorthRetry: true);
        return status is >= 200 and < 300 ? SendResult.Sent : new(
            string.Create(CultureInfo.InvariantCulture, $"{target.Address.Host} answered {status}"),
            IsWorthRetry: status is RequestTimeout or TooManyRequests or >= ServerErrors);
    }

    /// <inheritdoc/>
    public void Dispose() => _post.Dispose();
}
