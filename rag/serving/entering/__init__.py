"""Who and what is let in: layers around the whole server.

In: requests. Out: those that may pass.

    signing_in  people, with their sessions in sessions      admitting  requests of this machine
    closing     what the toolkit offers and the page does not use
"""
