namespace Skep.Agent.Alerts.Rules;

/// <summary>Where alerts are sent to.</summary>
/// <param name="Name">Its name, of all files once.</param>
internal abstract record AlertTarget(string Name);

/// <summary>A program that is run for each alert, which it reads from standard input.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Arguments">The program, an absolute path, and its arguments.</param>
internal sealed record CommandTarget(string Name, IReadOnlyList<string> Arguments) : AlertTarget(Name);

/// <summary>A server that each alert is posted to.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">Its address: http or https.</param>
/// <param name="SecretFile">The file of the key that the body is signed with; null for none.</param>
internal sealed record WebhookTarget(string Name, Uri Address, string? SecretFile, string? Issuers) : AlertTarget(Name);
