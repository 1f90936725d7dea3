namespace Skep.Agent.Export.Delivery;

/// <summary>Where records go. Used by one thread, and with one call at a time.</summary>
internal interface IExportTarget : IDisposable
{
    /// <summary>Sends records, in their order.</summary>
    /// <param name="items">Which.</param>
    /// <param name="stop">Ends the attempt: it has failed then, and may be made again.</param>
    /// <returns>What became of them. It throws nothing.</returns>
    Task<SendResult> Send(IReadOnlyList<ExportItem> items, CancellationToken stop);
}
