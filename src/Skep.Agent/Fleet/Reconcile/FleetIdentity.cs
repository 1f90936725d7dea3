namespace Skep.Agent.Fleet.Reconcile;

/// <summary>Whom an agent is for.</summary>
/// <param name="Id">What it is called.</param>
/// <param name="Groups">Its groups; of two that want the same policy, the first counts.</param>
/// <param name="Boot">The boot of the machine.</param>
internal sealed record FleetIdentity(string Id, IReadOnlyList<string> Groups, string Boot);
