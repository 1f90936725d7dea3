namespace Skep.Agent.Fleet.Reconcile;

/// <summary>Whom an agent is for.</summary>
/// <param name="Id">What it is called.</param>
/// <param name="Groups">Its groups; of two that want the same policy, the first counts.</param>
/// <param name="Boot">The boot of the machine.</param>
/// <param name="Source">The kind of its source: generations of one say nothing of those of another.</param>
internal sealed record FleetIdentity(string Id, IReadOnlyList<string> Groups, string Boot, string Source);
