using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Skep.Bpf;

namespace Skep.Filter.Runtime.Tests.Fixtures;

/// <summary>Sends frames by a device as they are (packet(7)).</summary>
internal sealed class LinkSocket : IDisposable
{
    private readonly Socket _socket;

    /// <summary>Opens it for a device of this thread's network namespace.</summary>
    internal LinkSocket(string device)
    {
        _socket = new Socket(AddressFamily.Packet, SocketType.Raw, 0);
        _socket.Bind(new Place(XdpDevice.IndexOf(device)));
    }

    internal void Send(byte[] frame) => Assert.Equal(frame.Length, _socket.Send(frame));

    public void Dispose() => _socket.Dispose();

    // struct sockaddr_ll: family, protocol, index, type, kind, length and 8 bytes of address.
    private sealed class Place(uint index) : EndPoint
    {
        private const int Size = 20;

        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily.Packet, Size);
            BinaryPrimitives.WriteUInt32LittleEndian(address.Buffer.Span[4..], index);
            return address;
        }
    }
}
