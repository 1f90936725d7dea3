using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Skep.Agent.Alerts.Rules;
using Skep.Linux.Files;

namespace Skep.Agent.Alerts.Send;

/// <summary>Posts alerts to a server. With a key the body is signed as GitHub signs its webhooks.</summary>
internal sealed class WebhookSender : IAlertSender
{
    private const int MostKeyBytes = 4096;
    private static readonly TimeSpan MayTake = TimeSpan.FromSeconds(10);

    private readonly WebhookTarget _target;
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        Timeout = MayTake, MaxResponseContentBufferSize = 1 << 20,
    };

    /// <param name="target">The server.</param>
    public WebhookSender(WebhookTarget target) => _target = target;

    /// <inheritdoc/>
    public string Name => _target.Name;

    /// <inheritdoc/>
    public SendResult Send(byte[] json, CancellationToken end)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _target.Address) { Content = new ByteArrayContent(json) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("User-Agent", "skep");
        try
        {
            if (_target.SecretFile is { } file)
            {
                // Read anew for each: it may be replaced while the agent runs.
                byte[] key = PrivateFile.ReadSecret(file, MostKeyBytes) ?? throw new IOException($"reading {file}: there is no such file");
                request.Headers.TryAddWithoutValidation(
                    "X-Skep-Signature-256", "sha256=" + HmacSha256.Text(key.AsSpan().TrimEnd(" \t\r\n"u8), json));
            }

            using HttpResponseMessage response = _client.Send(request, HttpCompletionOption.ResponseHeadersRead, end);
            if (response.IsSuccessStatusCode) return SendResult.Sent;
            bool isLater = response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout
                || (int)response.StatusCode >= 500;
            return new(string.Create(
                CultureInfo.InvariantCulture, $"{_target.Address.Host} answered {(int)response.StatusCode} {response.ReasonPhrase}"), isLater);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return new(e is OperationCanceledException ? $"{_target.Address.Host} did not answer in {MayTake.TotalSeconds:0} s" : e.Message,
                IsWorthRetry: true);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return new(e.Message, IsWorthRetry: false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();
}
